import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { staleFiles } from "./stale.ts";

const script = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const run = (name: string, directory: string) => promisify(execFile)(process.execPath, [script(name), directory]);

let directory: string;
const adapters = () => path.join(directory, "crds", "fascia.dev_adapters.yaml");

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "fascia-generate-"));
  await run("generate.ts", directory);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

describe("Generated files", () => {
  test("are not stale right after they were generated", async () => {
    expect(await staleFiles(directory)).toEqual([]);
  });

  test("are stale where one was edited, from the first edited line on", async () => {
    const text = await readFile(adapters(), "utf8");
    await writeFile(adapters(), text.replace("kind: CustomResourceDefinition", "kind: Something"));
    expect(await staleFiles(directory)).toEqual([
      { file: "crds/fascia.dev_adapters.yaml", reason: "differs from line 3 on" },
    ]);
  });

  test("are stale where one is missing", async () => {
    await rm(adapters());
    expect(await staleFiles(directory)).toEqual([{ file: "crds/fascia.dev_adapters.yaml", reason: "is missing" }]);
  });

  test("are stale where one is left over, and generating removes it", async () => {
    await writeFile(path.join(directory, "crds", "old.yaml"), "");
    expect(await staleFiles(directory)).toEqual([{ file: "crds/old.yaml", reason: "is not generated from anything" }]);
    await run("generate.ts", directory);
    expect(await staleFiles(directory)).toEqual([]);
  });

  test("that are stale make verify fail, with the way out", async () => {
    await rm(adapters());
    const error = await run("verify.ts", directory).then(
      () => undefined,
      (failure: { code: number; stderr: string }) => failure,
    );
    expect(error?.code).toBe(1);
    expect(error?.stderr).toContain("crds/fascia.dev_adapters.yaml: is missing");
    expect(error?.stderr).toContain("npm run generate");
  });
});
