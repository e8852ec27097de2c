import { constants } from "node:fs";
import { access, type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { FasciaError, safeReason } from "../../base/errors.ts";
import { syncDirectory } from "./sync.ts";

const DONE = "done";
const REPORT = ".errors";

/** The directory that files are dropped into, with `done/` beneath it. File names never leave it: they may name people. */
export class Directory {
  readonly path: string;
  readonly #suffix: string;

  constructor(path: string, suffix: string) {
    this.path = path;
    this.#suffix = suffix;
  }

  /** Makes `done/`. Throws FasciaError `DirectoryUnusable`. */
  async prepare(): Promise<void> {
    try {
      await access(this.path, constants.R_OK | constants.W_OK | constants.X_OK);
      await mkdir(join(this.path, DONE), { recursive: true });
    } catch (cause) {
      throw new FasciaError(
        "DirectoryUnusable",
        `spec.file.source.directory cannot be read and written (${safeReason(cause)}): it must exist, and files are moved to ${DONE}/ beneath it`,
        { cause },
      );
    }
  }

  /** Names of the files to read, in order. Links, directories, hidden files and our own reports are none. */
  async list(): Promise<string[]> {
    const entries = await readdir(this.path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && this.#isMessageFile(entry.name))
      .map((entry) => entry.name)
      .sort();
  }

  /** Opens a file to read; undefined where it is gone, or no longer a file. */
  async open(name: string): Promise<FileHandle | undefined> {
    try {
      return await open(join(this.path, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      if (codeOf(error) === "ENOENT" || codeOf(error) === "ELOOP") return undefined;
      throw error;
    }
  }

  /** Adds a line about a message that was not taken to the report beside the file. */
  async report(name: string, line: string): Promise<void> {
    const handle = await open(join(this.path, name + REPORT), "a", 0o600);
    try {
      await handle.writeFile(`${line}\n`);
    } finally {
      await handle.close();
    }
  }

  /** Removes a report that an earlier file of that name left. */
  async forgetReport(name: string): Promise<void> {
    await rm(join(this.path, name + REPORT), { force: true });
  }

  /** Moves a file, and the report on it, to `done/`, durably. An earlier one of that name keeps its place. */
  async finish(name: string, hasReport: boolean): Promise<void> {
    const target = await this.#freeName(name);
    if (hasReport) await this.#moveToDone(name + REPORT, target + REPORT);
    await this.#moveToDone(name, target);
    await syncDirectory(join(this.path, DONE));
    await syncDirectory(this.path);
  }

  #isMessageFile(name: string): boolean {
    return name.endsWith(this.#suffix) && !name.startsWith(".") && !name.endsWith(REPORT);
  }

  /** A second reader of the directory, or whoever dropped the file, may have been faster. */
  async #moveToDone(name: string, target: string): Promise<void> {
    try {
      await rename(join(this.path, name), join(this.path, DONE, target));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }

  async #freeName(name: string): Promise<string> {
    let free = name;
    for (let number = 2; await exists(join(this.path, DONE, free)); number++) free = `${name}.${number}`;
    return free;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}
