import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { GENERATED_FOLDERS, generatedFiles } from "./files.ts";

export interface Stale {
  /** Path from the root of the checkout. */
  file: string;
  reason: string;
}

/** The files below `directory` that differ from what would be generated. */
export async function staleFiles(directory: string): Promise<Stale[]> {
  const wanted = generatedFiles();
  const stale: Stale[] = [];
  for (const [file, content] of wanted) {
    const found = await readIfThere(path.join(directory, file));
    if (found === undefined) stale.push({ file, reason: "is missing" });
    else if (found !== content) stale.push({ file, reason: `differs from line ${firstDifference(found, content)} on` });
  }
  for (const file of await presentFiles(directory)) {
    if (!wanted.has(file)) stale.push({ file, reason: "is not generated from anything" });
  }
  return stale;
}

async function presentFiles(directory: string): Promise<string[]> {
  const names = GENERATED_FOLDERS.map(async (folder) => {
    const entries = await readdir(path.join(directory, folder), { recursive: true }).catch(() => []);
    return entries.map((name) => path.posix.join(folder, name));
  });
  return (await Promise.all(names)).flat();
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Number of the first line, from 1, in which two texts differ. */
function firstDifference(found: string, wanted: string): number {
  const [a, b] = [found.split("\n"), wanted.split("\n")];
  const index = a.findIndex((line, i) => line !== b[i]);
  return (index < 0 ? a.length : index) + 1;
}
