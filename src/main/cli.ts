import { enableCompileCache } from "node:module";
import { join } from "node:path";
import { cacheDir } from "../standalone/cachedir.ts";

// Halves the time until a command begins. In a directory of the user's own: what is in it is run.
enableCompileCache(join(cacheDir(), "compile"));
const { main } = await import("./program.ts");
await main(process.argv.slice(2));
