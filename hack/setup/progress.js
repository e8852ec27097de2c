import { spawn } from "node:child_process";

const EVERY_MS = 15_000;
const KEPT_LINES = 40;

/** A problem that the user can do something about; its message says what. */
export class SetupError extends Error {}

/** Prints one line of what set-up is doing. */
export function say(/** @type {string} */ text) {
  console.log(`set-up: ${text}`);
}

/**
 * Runs a program, quietly but for a line every 15 s of how long it has taken so far. Rejects with a SetupError that
 * carries the end of its output.
 *
 * @param {string} what what it does, for people, e.g. `building etcd v3.6.8`
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 */
export async function runQuietly(what, program, args, options) {
  const started = performance.now();
  const ticker = setInterval(() => say(`still ${what}, ${elapsed(started)} so far`), EVERY_MS);
  try {
    await runToEnd(program, args, options);
  } catch (error) {
    throw new SetupError(`${what} failed after ${elapsed(started)}: ${/** @type {Error} */ (error).message}`);
  } finally {
    clearInterval(ticker);
  }
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} options
 * @returns {Promise<void>}
 */
function runToEnd(program, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const tail = new Tail();
    child.stdout?.on("data", (chunk) => tail.add(chunk));
    child.stderr?.on("data", (chunk) => tail.add(chunk));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}\n${tail.text()}`))));
  });
}

/** The last lines of a program's output. */
class Tail {
  #text = "";

  add(/** @type {Buffer} */ chunk) {
    this.#text = (this.#text + chunk.toString()).split("\n").slice(-KEPT_LINES).join("\n");
  }

  text() {
    return this.#text.trim();
  }
}

/** Time since `started` (performance.now()), e.g. `8 s` or `2 min 5 s`. */
export function elapsed(/** @type {number} */ started) {
  const seconds = Math.round((performance.now() - started) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
