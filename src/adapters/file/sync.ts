import { constants } from "node:fs";
import { open } from "node:fs/promises";

/** Makes what was created, moved or removed in a directory survive a power failure. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
