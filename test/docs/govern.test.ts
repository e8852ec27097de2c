import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = await readFile(join(root, "docs/govern.md"), "utf8");

/** One task of the page: the files that it shows, and what is done with them. */
interface Task {
  title: string;
  files: [name: string, text: string][];
  commands: { command: string; prints: string }[];
}

const tasks = page
  .split(/^## /m)
  .slice(1)
  .map((text): Task => ({
    title: text.slice(0, text.indexOf("\n")),
    files: Array.from(
      text.matchAll(/^`([^`\n]+\.yaml)`:\n\n```yaml\n([\s\S]*?)^```$/gm),
      ([, name = "", yaml = ""]) => [name, yaml],
    ),
    commands: Array.from(text.matchAll(/^```console\n([\s\S]*?)^```$/gm), ([, block = ""]) => block)
      .flatMap((block) => block.split(/^\$ /m).slice(1))
      // What takes a cluster is tested in test/cluster.
      .filter((command) => command.startsWith("./fascia "))
      .map((text) => ({ command: lineOf(text), prints: text.slice(lineOf(text).length + 1) })),
  }));

function lineOf(text: string): string {
  return text.slice(0, text.indexOf("\n"));
}

/** As in a checkout. */
let checkout: string;
beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "fascia-govern-"));
  for (const name of ["config", "fascia"]) await symlink(join(root, name), join(checkout, name));
});
afterEach(() => rm(checkout, { recursive: true }));

describe("docs/govern.md", () => {
  test("shows what each command prints, and none of its files is left unused", () => {
    expect(tasks.flatMap(({ commands }) => commands).length).toBeGreaterThan(7);
    for (const { title, files, commands } of tasks)
      expect(files.length === 0 || commands.some(({ command }) => / mine\b/.test(command)), title).toBe(true);
  });

  test.each(tasks.filter(({ commands }) => commands.length > 0))(
    "is right about: $title",
    async ({ files, commands }) => {
      for (const [name, text] of files) {
        await mkdir(dirname(join(checkout, name)), { recursive: true });
        await writeFile(join(checkout, name), text);
      }
      for (const { command, prints } of commands) {
        const { stdout, stderr } = spawnSync("sh", ["-c", command], { cwd: checkout, encoding: "utf8" });
        expect(`${stdout}${stderr}`.replaceAll(/ +$/gm, ""), command).toBe(prints);
      }
    },
  );
});
