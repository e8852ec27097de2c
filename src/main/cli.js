import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { cacheDir } from "../standalone/cachedir.js";
import { makeDirectory } from "../standalone/makedirectory.js";

// Halves the time until a command begins. In a directory of the user's own: what is in it is run. Nothing before this is
// TypeScript: for the first such file that is not in the cache Node loads its compiler, 17 MB that stay in memory.
if (cacheCompiled(join(cacheDir(), "compile"))) {
  const { main } = await import("./program.ts");
  await main(process.argv.slice(2));
}

/** Whether to go on. A home that nobody can write to, as in many pods, is no fault; a cache that was asked for is. */
function cacheCompiled(/** @type {string} */ directory) {
  try {
    makeDirectory(directory);
  } catch (error) {
    if (!process.env["FASCIA_CACHE"]) return true;
    const { code } = /** @type {NodeJS.ErrnoException} */ (error);
    console.error(
      `fascia: ${directory} can't be made (${code}): name a directory that can be written to in FASCIA_CACHE`,
    );
    process.exitCode = 1;
    return false;
  }
  enableCompileCache(directory);
  return true;
}
