import { createHash } from "node:crypto";
import { lstat, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { withLock } from "./lock.js";
import { binDirectory } from "./node.js";
import { SetupError, elapsed, runQuietly, say } from "./progress.js";

const WHAT = "installing npm packages";

/** Installs what package-lock.json names unless that is what is there, and links the `fascia` command for npx. */
export async function installDependencies(/** @type {string} */ root) {
  const stampFile = path.join(root, "node_modules", ".fascia-setup");
  const wanted = await wantedStamp(root);
  if ((await readStamp(stampFile)) !== wanted) {
    await withLock(path.join(root, ".fascia", "setup.lock"), WHAT, async () => {
      if ((await readStamp(stampFile)) === wanted) return;
      await refuseLink(path.join(root, "node_modules"));
      say(`${WHAT} (npm ci)`);
      const started = performance.now();
      const options = { cwd: root, shell: process.platform === "win32" };
      await runQuietly(WHAT, "npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], options);
      await writeFile(stampFile, wanted);
      say(`npm packages installed in ${elapsed(started)}`);
    });
  }
  await linkCommand(root);
}

/** npm would empty what the link leads to, which another checkout runs on. */
async function refuseLink(/** @type {string} */ directory) {
  const found = await lstat(directory).catch(ifMissing);
  if (found?.isSymbolicLink())
    throw new SetupError(
      `${directory} is a link, and what it leads to is of another lock file: remove the link, or set that checkout up`,
    );
}

/** What the installed packages depend on: the lock file and the platform, which decides on optional packages. */
async function wantedStamp(/** @type {string} */ root) {
  const lock = await readFile(path.join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex")} ${process.platform} ${process.arch}\n`;
}

async function readStamp(/** @type {string} */ file) {
  return readFile(file, "utf8").catch(ifMissing);
}

/** npm links the commands of dependencies but not the checkout's own. */
async function linkCommand(/** @type {string} */ root) {
  const link = path.join(binDirectory(root), "fascia");
  if ((await lstat(link).catch(ifMissing)) !== undefined) return;
  await symlink(path.join("..", "..", "src", "main", "fascia.js"), link);
}

/** @param {NodeJS.ErrnoException} error @returns {undefined} */
function ifMissing(error) {
  if (error.code !== "ENOENT") throw error;
}
