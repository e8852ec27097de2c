import { homedir } from "node:os";
import { join } from "node:path";

/** Where set-up keeps what it builds, and what else can be made again at any time. Shared by all checkouts of a user. */
export function cacheDir(env: Record<string, string | undefined> = process.env): string {
  return env["FASCIA_CACHE"] || join(env["XDG_CACHE_HOME"] || join(env["HOME"] || homedir(), ".cache"), "fascia");
}
