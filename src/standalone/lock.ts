import { chmod } from "node:fs/promises";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FasciaError } from "../base/errors.ts";
import { createPrivateFile, makePrivateDirectory } from "./privatefile.ts";

export interface Lock {
  release(): void;
}

const SQLITE_BUSY = 5;

/**
 * Takes `dataDir` for this process; throws FasciaError `DataDirInUse` while another process has it, `DataDirUnusable`
 * where nothing can be written. The lock is
 * SQLite's on an empty database: the kernel holds it and gives it back when the process dies, in whatever way, so
 * that none is ever left behind and no process id has to be trusted.
 */
export async function lockDataDir(dataDir: string): Promise<Lock> {
  const file = join(dataDir, "lock");
  try {
    makePrivateDirectory(dataDir);
    // SQLite would make it readable for everybody. Never opened here: closing it would give back a lock of this process.
    if (!(await createPrivateFile(file, ""))) await chmod(file, 0o600);
  } catch (error) {
    const reason = `data directory ${resolve(dataDir)} can't be written to (${(error as NodeJS.ErrnoException).code})`;
    throw new FasciaError("DataDirUnusable", `${reason}: name another one with --data`, { cause: error });
  }
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if ((error as { errcode?: number }).errcode !== SQLITE_BUSY) throw error;
    const reason = `data directory ${resolve(dataDir)} is in use by another \`fascia run\``;
    throw new FasciaError("DataDirInUse", `${reason}: stop that one, or name another directory with --data`);
  }
  return { release: () => database.close() };
}
