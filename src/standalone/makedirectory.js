import { existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes `path`, and its parents where they are missing; throws what the file system says where it can't. Node's own
 * recursive mkdir never ends beneath /proc, where a directory that is there answers that it is not (ENOENT).
 * JavaScript, because it is needed before the compile cache is, and by set-up.
 * @param {string} path
 * @param {number} mode
 */
export function makeDirectory(path, mode = 0o777) {
  if (existsSync(path)) return;
  makeDirectory(dirname(path), mode);
  try {
    mkdirSync(path, mode);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "EEXIST") throw error;
  }
}
