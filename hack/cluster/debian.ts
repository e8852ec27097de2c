import { execFileSync } from "node:child_process";
import { SetupError, runQuietly } from "../setup/progress.js";

/** Installs Debian packages that are missing; without being root, or without apt-get, says what is needed. */
export async function ensurePackages(purpose: string, packages: readonly string[]): Promise<void> {
  const missing = packages.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const install = ["install", "-y", "-q", "--no-install-recommends", ...missing];
  if (process.getuid?.() !== 0) {
    throw new SetupError(
      `${purpose} needs Debian packages that are missing: run \`sudo apt-get ${install.join(" ")}\``,
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  await runQuietly("updating Debian's package lists", "apt-get", ["update", "-q"], { env });
  await runQuietly(`installing the Debian packages ${missing.join(", ")}`, "apt-get", install, { env });
}

function isInstalled(name: string): boolean {
  try {
    const args = ["--show", `--showformat=\${db:Status-Status}`, name];
    return execFileSync("dpkg-query", args, { encoding: "utf8", stdio: "pipe" }) === "installed";
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") return false;
    throw new SetupError(`${name} is needed, and this is no Debian or Ubuntu where it could be installed`);
  }
}
