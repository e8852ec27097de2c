import { spawn } from "node:child_process";

const EVERY_MS = 15_000;
const KEPT_FIRST = 20;
const KEPT_LAST = 30;

/** A problem that the user can do something about; its message says what. */
export class SetupError extends Error {}

/** Prints one line of what set-up is doing. */
export function say(/** @type {string} */ text) {
  console.log(`set-up: ${text}`);
}

/**
 * Runs a program, quietly but for a line every 15 s of how long it has taken so far. Rejects with a SetupError that
 * carries an excerpt of its output.
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
    const output = new Excerpt();
    child.stdout?.on("data", (chunk) => output.add(chunk));
    child.stderr?.on("data", (chunk) => output.add(chunk));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`exit code ${code}\n${output.text()}`))));
  });
}

/** The first and the last lines of a program's output: causes stand at either end. */
class Excerpt {
  /** @type {string[]} */
  #lines = [""];
  #left = 0;

  add(/** @type {Buffer} */ chunk) {
    const [rest = "", ...lines] = chunk.toString().split("\n");
    this.#lines.push(this.#lines.pop() + rest, ...lines);
    const surplus = Math.max(0, this.#lines.length - KEPT_FIRST - KEPT_LAST);
    this.#lines.splice(KEPT_FIRST, surplus);
    this.#left += surplus;
  }

  text() {
    const note = this.#left > 0 ? [`… ${this.#left} lines left out …`] : [];
    return [...this.#lines.slice(0, KEPT_FIRST), ...note, ...this.#lines.slice(KEPT_FIRST)].join("\n").trim();
  }
}

/** Time since `started` (performance.now()), e.g. `8 s` or `2 min 5 s`. */
export function elapsed(/** @type {number} */ started) {
  const seconds = Math.round((performance.now() - started) / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
