import { readFile } from "node:fs/promises";

/** Blocks of a page in the language of its fence. */
async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, "g"))].map(([, block = ""]) => block);
}

/** Commands of a page that begin with `program`, each as its arguments. */
export async function commandsOf(page: string, program: string): Promise<string[][]> {
  const blocks = await blocksOf(page, "console");
  const lines = blocks.flatMap((block) => block.replaceAll(/\\\n\s*/g, "").split("\n"));
  return lines
    .filter((line) => line.startsWith(`$ ${program} `))
    .map((line) => line.slice(`$ ${program} `.length).split(/\s+/));
}

export const yamlOf = (page: string): Promise<string[]> => blocksOf(page, "yaml");
