import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { compile } from "../../src/compile/compile.ts";
import { commandName, commands } from "../../src/main/commands.ts";
import { formatProblem, loadManifests } from "../../src/standalone/manifests.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Block {
  language: string;
  text: string;
  /** `README.md:42` */
  where: string;
}

const pages = await findPages();
const blocks = (await Promise.all(pages.map(readBlocks))).flat();

describe("every example that needs nothing running works as it stands:", () => {
  const scripts = blocks.filter(({ language }) => language === "sh");

  it("there are some", () => expect(scripts.length).toBeGreaterThan(1));

  it.each(scripts)("$where", async ({ text }) => {
    const env = { ...process.env, PATH: [join(root, "node_modules/.bin"), process.env["PATH"]].join(delimiter) };
    const { stdout } = await promisify(execFile)("bash", ["-euo", "pipefail", "-c", text], { cwd: root, env });
    expect(stdout).not.toBe("");
  });
});

it("the README's own directory is valid, and every reference in it resolves", async () => {
  const dir = await mkdtemp(join(tmpdir(), "fascia-readme-"));
  const manifests = blocks.filter(({ language, where }) => language === "yaml" && where.startsWith("README.md"));
  await writeFile(join(dir, "all.yaml"), manifests.map(({ text }) => text).join("\n---\n"));
  const { resources, problems } = await loadManifests(dir);
  expect(problems.map(formatProblem)).toEqual([]);
  expect([resources.contractVersions.length, resources.adapters.length, resources.integrations.length]).toEqual([
    1, 2, 1,
  ]);
  expect(compile(resources).problems).toEqual([]);
  await rm(dir, { recursive: true });
});

it("every command has an example in docs/cli.md and in the README", async () => {
  for (const page of ["README.md", "docs/cli.md"]) {
    const text = await readFile(join(root, page), "utf8");
    for (const command of commands) expect(text, page).toContain(`./fascia ${commandName(command)}`);
  }
});

it("docs/errors.md explains every error code of the source, and none that is gone", async () => {
  const page = await readFile(join(root, "docs/errors.md"), "utf8");
  const explained = Array.from(page.matchAll(/^\| `(\w+)` \|/gm), (match) => match[1] ?? "");
  const sources = await readSources();
  // At once, through a subclass, or from the table of the hub's own errors.
  const forms = [/new FasciaError\(\s*"([A-Z]\w+)"/g, /\bsuper\("([A-Z]\w+)"/g, /\bcode: "([A-Z]\w+)", text: /g];
  const given = new Set(forms.flatMap((form) => Array.from(sources.matchAll(form), (match) => match[1] ?? "")));
  expect([...given].filter((code) => !explained.includes(code))).toEqual([]);
  expect(explained.filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
});

it("every link between the pages leads somewhere", async () => {
  for (const page of pages) {
    const text = await readFile(join(root, page), "utf8");
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)#]+)/g)) {
      const linked = relative(root, join(root, page, "..", target));
      await expect(readFile(join(root, linked)), `${page} links to ${target}`).resolves.toBeDefined();
    }
  }
});

async function findPages(): Promise<string[]> {
  const names = await readdir(join(root, "docs"));
  return ["README.md", ...names.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`)];
}

/** The fenced blocks of a page, without the indentation of the list item that they may stand in. */
async function readBlocks(page: string): Promise<Block[]> {
  const text = await readFile(join(root, page), "utf8");
  return [...text.matchAll(/^( *)```(\w+)\n([\s\S]*?)^ *```$/gm)].map((match) => ({
    language: match[2] ?? "",
    text: (match[3] ?? "").replaceAll(new RegExp(`^${match[1]}`, "gm"), ""),
    where: `${page}:${text.slice(0, match.index).split("\n").length + 1}`,
  }));
}

/** All of src but its tests, as one text. */
async function readSources(): Promise<string> {
  const files = (await readdir(join(root, "src"), { recursive: true })).filter((name) => /(?<!\.test)\.ts$/.test(name));
  return (await Promise.all(files.map((name) => readFile(join(root, "src", name), "utf8")))).join("\n");
}
