import { constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { FasciaError } from "../../base/errors.ts";
import { syncDirectory } from "./sync.ts";

/** How an append ended. */
export type Written =
  | { kind: "Synced" }
  /** The file is as it was before. */
  | { kind: "Undone"; error: unknown }
  /** It may hold all of it, some of it or nothing. */
  | { kind: "Unknown"; error: unknown };

const LF = 0x0a;
const BLOCK_BYTES = 65_536;

/** A file of lines that is only ever appended to. Whoever rotates it may rename it, remove it or cut it at any time. */
export class LogFile {
  readonly #path: string;
  /** Tells how many bytes of a torn last line were removed. */
  readonly #onRepair: (bytes: number) => void;
  #handle: FileHandle | undefined;
  #inode = "";

  constructor(path: string, onRepair: (bytes: number) => void) {
    this.#path = path;
    this.#onRepair = onRepair;
  }

  /** Opens the file unless the open one is still the one at the path; makes it where there is none. Rejects when it cannot. */
  async ready(): Promise<void> {
    if (this.#handle !== undefined && (await inodeAt(this.#path)) === this.#inode) return;
    await this.close();
    const existed = (await inodeAt(this.#path)) !== undefined;
    const handle = await open(this.#path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, 0o600);
    try {
      const stats = await handle.stat();
      if (!stats.isFile()) throw new FasciaError("FileUnusable", "spec.file.target.path is no regular file");
      await this.#repair(handle, stats.size);
      if (!existed) await syncDirectory(dirname(this.#path));
      this.#inode = `${stats.dev}:${stats.ino}`;
      this.#handle = handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Appends and syncs. Never rejects. */
  async append(bytes: Buffer): Promise<Written> {
    let size: number;
    try {
      await this.ready();
      size = (await this.#open().stat()).size;
    } catch (error) {
      return { kind: "Undone", error };
    }
    try {
      await writeAll(this.#open(), bytes);
    } catch (error) {
      return this.#undo(size, error);
    }
    try {
      await this.#open().datasync();
      return { kind: "Synced" };
    } catch (error) {
      // What the system still has in memory of it is not to be trusted: the next append starts from what is on disk.
      await this.close();
      return { kind: "Unknown", error };
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    // Whatever mattered was synced, or reported as not synced.
    await handle?.close().catch(() => undefined);
  }

  #open(): FileHandle {
    if (this.#handle === undefined) throw new FasciaError("FileUnusable", "the file is not open");
    return this.#handle;
  }

  async #undo(size: number, error: unknown): Promise<Written> {
    try {
      await this.#open().truncate(size);
      return { kind: "Undone", error };
    } catch {
      await this.close();
      return { kind: "Unknown", error };
    }
  }

  /** Cuts off what follows the last line end: a write that a crash interrupted, and that nobody was told of. */
  async #repair(handle: FileHandle, size: number): Promise<void> {
    const end = await endOfLastLine(handle, size);
    if (end === size) return;
    await handle.truncate(end);
    await handle.datasync();
    this.#onRepair(size - end);
  }
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await handle.write(bytes, at, bytes.length - at)).bytesWritten;
}

async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  const block = Buffer.alloc(Math.min(size, BLOCK_BYTES));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - block.length);
    const { bytesRead } = await handle.read(block, 0, end - start, start);
    const at = block.subarray(0, bytesRead).lastIndexOf(LF);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}

/** Which file the path leads to; undefined where there is none. */
async function inodeAt(path: string): Promise<string | undefined> {
  try {
    const { dev, ino } = await stat(path);
    return `${dev}:${ino}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
