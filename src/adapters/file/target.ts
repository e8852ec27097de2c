import { resolve } from "node:path";
import type { FileTargetSpec } from "../../api/adapter-file.ts";
import { safeReason } from "../../base/errors.ts";
import { encodeJson } from "../../base/json.ts";
import { Semaphore } from "../../base/semaphore.ts";
import type { Channel, Outcome, Target, TargetDeps } from "../adapter.ts";
import { GroupWriter } from "./group.ts";
import { LogFile } from "./logfile.ts";

/** Deliveries that may share one sync. */
const CONCURRENCY = 64;

/**
 * Appends each message as one line of JSON (NDJSON) to `spec.path`. Delivered means synced to disk; deliveries that
 * come together share one sync. The file may be rotated: once another file is at the path, or none, lines go there.
 *
 * A line holds what the mapping yields and nothing of ours, so a line that is there cannot be told from a second one
 * like it: the target is not idempotent. A failed write is taken back and is Transient; only one that can't be taken
 * back, or a sync that fails, is Ambiguous. A last line without its end, left by a crash, was never reported and is
 * cut off when the file is opened. One process at a time may append to a file.
 */
export function createFileTarget(spec: FileTargetSpec, deps: TargetDeps): Target {
  return new FileTarget(spec, deps);
}

class FileTarget implements Target {
  readonly idempotent = false;
  readonly concurrency = CONCURRENCY;
  readonly #file: LogFile;
  readonly #writer: GroupWriter;
  readonly #places = new Semaphore(CONCURRENCY);
  readonly #closing = new AbortController();
  #opening: Promise<void> | undefined;

  constructor(spec: FileTargetSpec, deps: TargetDeps) {
    this.#file = new LogFile(resolve(spec.path), (bytes) => deps.log.warn("torn last line removed", { bytes }));
    this.#writer = new GroupWriter(this.#file);
  }

  async acquire(signal: AbortSignal): Promise<Channel | Extract<Outcome, { kind: "Transient" }>> {
    if (!(await this.#places.acquire(signal, this.#closing.signal)))
      return { kind: "Transient", reason: "not written: given up before", down: false };
    try {
      await this.#opened();
    } catch (error) {
      this.#places.release();
      return { kind: "Transient", reason: `the file cannot be opened: ${whyNot(error)}`, down: true };
    }
    return this.#channel();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#places.drained();
    await this.#file.close();
  }

  /** Opens the file for the first delivery, and again when that failed. */
  async #opened(): Promise<void> {
    this.#opening ??= this.#file.ready();
    try {
      await this.#opening;
    } catch (error) {
      this.#opening = undefined;
      throw error;
    }
  }

  #channel(): Channel {
    let released = false;
    return {
      send: async (message, signal) => {
        const json = encodeJson(message.payload);
        if (json === undefined)
          return { kind: "Permanent", reason: "not written: what the mapping yields is no JSON value" };
        return this.#writer.append(Buffer.concat([json, NEWLINE]), signal);
      },
      release: () => {
        if (!released) this.#places.release();
        released = true;
      },
    };
  }
}

const NEWLINE = Buffer.from("\n");

/** The file itself is made where it is missing, so what is missing is the directory. */
const whyNot = (error: unknown): string =>
  (error as NodeJS.ErrnoException).code === "ENOENT" ? "its directory does not exist (ENOENT)" : safeReason(error);
