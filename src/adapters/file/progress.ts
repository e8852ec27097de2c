import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

/** How far a file was read: everything before `offset` is stored or reported. */
export interface Progress {
  name: string;
  modifiedMs: number;
  offset: number;
  /** Lines or messages before `offset`. */
  number: number;
  /** How many of them were not taken. */
  errors: number;
}

/** Room for a name of 255 bytes in its longest JSON form, and the numbers. */
const RECORD_BYTES = 2048;

/**
 * Keeps the place in the file that is being read, so that a restart at any later time goes on there. It is written
 * after every message but not synced: a killed process loses nothing by that. After a power failure it may be old or
 * gone; then what was stored before comes again under the same identity, and is recognised within the dedupe window.
 */
export class ProgressFile {
  readonly #handle: FileHandle;
  readonly #record = Buffer.alloc(RECORD_BYTES, " ");

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async open(path: string): Promise<ProgressFile> {
    return new ProgressFile(await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600));
  }

  /** What was saved last; undefined where nothing was, or what is there can't be read. */
  async load(): Promise<Progress | undefined> {
    const { buffer, bytesRead } = await this.#handle.read(Buffer.alloc(RECORD_BYTES), 0, RECORD_BYTES, 0);
    try {
      const value: unknown = JSON.parse(buffer.toString("utf8", 0, bytesRead));
      return isProgress(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }

  async save(progress: Progress): Promise<void> {
    const text = JSON.stringify(progress);
    this.#record.fill(" ").write(text);
    if (Buffer.byteLength(text) <= RECORD_BYTES) await this.#handle.write(this.#record, 0, RECORD_BYTES, 0);
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

function isProgress(value: unknown): value is Progress {
  if (typeof value !== "object" || value === null) return false;
  const { name, modifiedMs, offset, number, errors } = value as Record<keyof Progress, unknown>;
  return typeof name === "string" && [modifiedMs, offset, number, errors].every((each) => Number.isFinite(each));
}
