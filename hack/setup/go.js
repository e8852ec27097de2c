import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { SetupError } from "./progress.js";
import { atLeast, versionIn } from "./version.js";

/** From this version on, go fetches a newer toolchain by itself where GOTOOLCHAIN lets it. */
const FETCHES_TOOLCHAINS = "1.21";

/**
 * Throws a SetupError with the way out unless there is a Go that can build in `directory`.
 *
 * @param {string} tool what is to be built
 * @param {string} version
 * @param {string} directory with its go.mod
 */
export function checkGo(tool, version, directory) {
  const wanted = versionIn(/^go (.+)$/m.exec(readFileSync(path.join(directory, "go.mod"), "utf8"))?.[1] ?? "") ?? "1";
  const wayOut =
    `install Go ${wanted} or later from https://go.dev/dl/ and put it on PATH` +
    (tool === "nats-server" ? `, or put nats-server ${version} or later on PATH` : "");
  const [have, toolchain] = goEnvironment(["GOVERSION", "GOTOOLCHAIN"], wayOut, tool, version);
  const found = versionIn(have ?? "") ?? "0";
  if (atLeast(found, wanted) || (atLeast(found, FETCHES_TOOLCHAINS) && toolchain !== "local")) return;
  throw new SetupError(`building ${tool} ${version} needs Go ${wanted} or later and this is ${found}: ${wayOut}`);
}

/** @param {string[]} names @param {string} wayOut @param {string} tool @param {string} version */
function goEnvironment(names, wayOut, tool, version) {
  try {
    return execFileSync("go", ["env", ...names], { encoding: "utf8", cwd: "/" }).split("\n");
  } catch (error) {
    const code = /** @type {NodeJS.ErrnoException} */ (error).code;
    const reason = code === "ENOENT" ? "there is no go on PATH" : "the go on PATH does not run";
    throw new SetupError(`building ${tool} ${version} needs Go, and ${reason}: ${wayOut}`);
  }
}
