import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { cacheDir } from "../standalone/cachedir.js";

// Halves the time until a command begins. In a directory of the user's own: what is in it is run. Nothing before this is
// TypeScript: for the first such file that is not in the cache Node loads its compiler, 17 MB that stay in memory.
enableCompileCache(join(cacheDir(), "compile"));
const { main } = await import("./program.ts");
await main(process.argv.slice(2));
