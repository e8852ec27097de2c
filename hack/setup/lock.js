import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { makeDirectory } from "../../src/standalone/makedirectory.js";
import { SetupError, say } from "./progress.js";

const BEAT_MS = 2_000;
const STALE_MS = 20_000;
const LOOK_MS = 500;

/**
 * Does `work` while holding the lock `directory`, so that two set-ups at once do not do it twice. The holder touches the
 * lock; one that was left by a killed process is taken over after 20 s. Work must come out right even if done twice:
 * the lock saves time, it does not protect.
 *
 * @param {string} directory made and removed here; its parent is made where missing
 * @param {string} what what is done under it, for people
 * @param {() => Promise<void>} work
 */
export async function withLock(directory, what, work) {
  const owner = `${process.pid}.${Math.random().toString(36).slice(2)}`;
  const ownerFile = path.join(directory, "owner");
  await acquire(directory, what);
  await writeFile(ownerFile, owner);
  const beat = setInterval(() => void touch(directory), BEAT_MS);
  try {
    await work();
  } finally {
    clearInterval(beat);
    const current = await readFile(ownerFile, "utf8").catch(ifMissing);
    if (current === owner) await rm(directory, { recursive: true, force: true });
  }
}

/** @param {string} directory @param {string} what */
async function acquire(directory, what) {
  for (let said = false; !(await tryMake(directory)); said = true) {
    if (!said) say(`another set-up is ${what}; waiting for it`);
    if (await isStale(directory)) await takeAway(directory);
    else await sleep(LOOK_MS);
  }
}

/** @param {string} directory */
async function tryMake(directory) {
  try {
    makeDirectory(path.dirname(directory));
    await mkdir(directory);
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    const what = `${path.dirname(directory)} can't be written to (${codeOf(error)})`;
    throw new SetupError(`${what}: make it so, or name another cache in FASCIA_CACHE`);
  }
}

/** @param {string} directory */
async function isStale(directory) {
  const stats = await stat(directory).catch(ifMissing);
  return stats !== undefined && Date.now() - stats.mtimeMs > STALE_MS;
}

/** Renames first: of several that find the lock stale, one succeeds. @param {string} directory */
async function takeAway(directory) {
  const aside = `${directory}.stale-${process.pid}`;
  try {
    await rename(directory, aside);
  } catch (error) {
    return ifMissing(error);
  }
  await rm(aside, { recursive: true, force: true });
}

/** @param {string} directory */
async function touch(directory) {
  const now = new Date();
  await utimes(directory, now, now).catch(ifMissing);
}

/** @param {unknown} error @returns {undefined} */
function ifMissing(error) {
  if (codeOf(error) !== "ENOENT") throw error;
}

/** @param {unknown} error */
function codeOf(error) {
  return /** @type {NodeJS.ErrnoException} */ (error).code;
}
