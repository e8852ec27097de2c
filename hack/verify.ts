/**
 * Fails when a generated file is not what the sources give, is missing, or is no longer generated.
 *
 *   node hack/verify.ts [DIRECTORY]      default: this checkout
 */
import { fileURLToPath } from "node:url";
import { staleFiles } from "./generate/stale.ts";

const directory = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
const stale = await staleFiles(directory);
for (const { file, reason } of stale) console.error(`${file}: ${reason}`);
if (stale.length > 0) {
  console.error("Generated files are stale. Run `npm run generate` and commit what it writes.");
  process.exitCode = 1;
} else {
  console.log("generated files are up to date");
}
