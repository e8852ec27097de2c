import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLEAN, IMPORTS, PLANTS, PURE } from "./plants.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

interface Diagnostic {
  filename: string;
  code: string;
  message: string;
}

let directory: string;
let diagnostics: Diagnostic[];

beforeAll(async () => {
  directory = await realpath(await mkdtemp(path.join(os.tmpdir(), "fascia-lint-")));
  for (const name of [".oxlintrc.json", "tsconfig.json", "package.json", "hack/lint"]) {
    await cp(path.join(root, name), path.join(directory, name), { recursive: true });
  }
  await symlink(path.join(root, "node_modules"), path.join(directory, "node_modules"));
  const files = [...PLANTS.map(({ file, code }) => [file, code] as const), ...Object.entries(CLEAN)];
  for (const [file, code] of files) {
    await mkdir(path.join(directory, path.dirname(file)), { recursive: true });
    await writeFile(path.join(directory, file), `${code}\n`);
  }
  diagnostics = await lint(directory);
});

afterAll(() => rm(directory, { recursive: true, force: true }));

const foundIn = (file: string) => diagnostics.filter(({ filename }) => filename === file);

describe("The linter", () => {
  test.each(PLANTS)("refuses $refuses", ({ file, rule, says }) => {
    expect(foundIn(file)).toContainEqual(
      expect.objectContaining({ code: rule, message: expect.stringContaining(says) as string }),
    );
  });

  test.each(Object.keys(CLEAN).filter((file) => !/\/c\d/.test(file)))("takes %s", (file) => {
    expect(foundIn(file).filter(({ code }) => code === IMPORTS || code === PURE || code.includes("console"))).toEqual(
      [],
    );
  });
});

async function lint(cwd: string): Promise<Diagnostic[]> {
  const run = promisify(execFile)(process.execPath, ["node_modules/oxlint/bin/oxlint", "-f", "json", "src", "test"], {
    cwd,
  });
  // It ends with exit code 1, as it must with what is planted here.
  const { stdout } = await run.then(
    () => ({ stdout: "" }),
    (error: { stdout: string }) => error,
  );
  return (JSON.parse(stdout) as { diagnostics: Diagnostic[] }).diagnostics;
}
