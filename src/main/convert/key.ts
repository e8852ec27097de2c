import { readFile } from "node:fs/promises";
import { FasciaError } from "../../base/errors.ts";

/** Resource ids made without a key of one's own. It is public: such ids can be found out from identifiers by trying. */
export const DEFAULT_KEY: Uint8Array = Buffer.from("fascia convert: the same ids for everybody");

const MIN_BYTES = 16;

/**
 * The key of resource ids in `file`: that of the `keys.json` that `fascia run` keeps in its data directory, so that ids
 * are the same as there, or else the bytes of the file themselves. Throws FasciaError `KeysUnreadable`.
 */
export async function readKey(file: string): Promise<Uint8Array> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw unreadable(file, `cannot be read (${(error as NodeJS.ErrnoException).code})`, error);
  }
  const key = installationKey(bytes) ?? bytes;
  if (key.length < MIN_BYTES) throw unreadable(file, `has ${key.length} bytes; a key has at least ${MIN_BYTES}`);
  return key;
}

/** `resourceId` of a keys.json; undefined for any other file. */
function installationKey(bytes: Buffer): Uint8Array | undefined {
  if (bytes[0] !== "{".charCodeAt(0)) return undefined;
  try {
    const { resourceId } = JSON.parse(bytes.toString("utf8")) as { resourceId?: unknown };
    return typeof resourceId === "string" ? Buffer.from(resourceId, "base64") : undefined;
  } catch {
    return undefined; // Not JSON, so a key of other bytes that happens to begin alike.
  }
}

function unreadable(file: string, problem: string, cause?: unknown): FasciaError {
  return new FasciaError("KeysUnreadable", `--key-file ${file} ${problem}`, { cause });
}
