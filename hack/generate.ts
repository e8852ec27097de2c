/**
 * Writes the files that are generated from the sources, and removes those that no longer are.
 *
 *   node hack/generate.ts [DIRECTORY]      default: this checkout
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { GENERATED_FOLDERS, generatedFiles } from "./generate/files.ts";

const directory = process.argv[2] ?? fileURLToPath(new URL("..", import.meta.url));
const files = generatedFiles();
for (const folder of GENERATED_FOLDERS) await rm(path.join(directory, folder), { recursive: true, force: true });
for (const [name, content] of files) {
  const file = path.join(directory, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, content);
  console.log(`generated ${name}`);
}
