import { readFile, readdir, rm, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import path from "node:path";

/** Where one module names another: an import or export, or the file of a thread. */
const NAMED = /(?<=\b(?:from |import |import\(|new URL\()")(\.{0,2}[\w./-]+)\.ts(?=")/g;

/** Any text that looks like the name of such a file. */
const LEFT = /["'`][\w./-]*\.ts["'`]/;

/**
 * Makes JavaScript of all TypeScript in a directory, in place: types become blanks, so that lines and columns stay what
 * they are, and `x.ts` becomes `x.js` wherever it is named. For a TypeScript file Node would load its compiler, 17 MB.
 */
export async function toJavaScript(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.isFile() && /\.[jt]s$/.test(entry.name)) await convert(file);
  }
}

async function convert(file: string): Promise<void> {
  const text = await readFile(file, "utf8");
  const typed = file.endsWith(".ts");
  await writeFile(file.replace(/\.ts$/, ".js"), renamed(typed ? stripTypeScriptTypes(text) : text, file));
  if (typed) await rm(file);
}

function renamed(code: string, file: string): string {
  const result = code.replaceAll(NAMED, "$1.js");
  const left = LEFT.exec(result);
  if (left) throw new Error(`${file}: ${left[0]} is named in a way that hack/image/javascript.ts does not know`);
  return result;
}
