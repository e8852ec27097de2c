import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Where set-up keeps what it builds, and what else can be made again at any time. Shared by all checkouts of a user.
 * JavaScript, because it is needed before the compile cache is.
 * @param {Record<string, string | undefined>} env
 */
export function cacheDir(env = process.env) {
  return env["FASCIA_CACHE"] || join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "fascia");
}
