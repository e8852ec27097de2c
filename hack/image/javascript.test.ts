import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeProgram } from "./context.ts";
import { toJavaScript } from "./javascript.ts";

const run = promisify(execFile);
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "fascia-javascript-"));
});

afterAll(() => rm(directory, { recursive: true }));

describe("the program in the image", () => {
  let program: string;
  let files: string[];

  beforeAll(async () => {
    program = path.join(directory, "fascia");
    await mkdir(program);
    await writeProgram(program);
    await symlink(path.resolve("node_modules"), path.join(program, "node_modules"));
    files = (await readdir(path.join(program, "src"), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
  });

  const inNodeWithoutTypes = (...args: string[]) => run(process.execPath, ["--no-strip-types", ...args]);

  it("is JavaScript alone, each line where it is in the source", async () => {
    expect(files.length).toBeGreaterThan(400);
    expect(files.filter((file) => !file.endsWith(".js"))).toEqual([]);
    const lines = (text: string) => text.split("\n").length;
    for (const file of files) {
      const source = path.resolve(path.relative(program, file));
      const original = await readFile(source, "utf8").catch(() => readFile(source.replace(/js$/, "ts"), "utf8"));
      expect(lines(await readFile(file, "utf8")), file).toBe(lines(original));
    }
  });

  it("finds each of its modules in a Node that takes no types", async () => {
    const begins = /main\/(fascia|cli)\.js$/;
    const all = path.join(directory, "all.mjs");
    const modules = files.filter((file) => !begins.test(file));
    await writeFile(all, modules.map((file) => `await import(${JSON.stringify(file)});`).join("\n"));
    await expect(inNodeWithoutTypes(all)).resolves.toMatchObject({ stderr: "" });
  });

  it("finds the module that its thread begins with", async () => {
    const file = path.join(program, "src/operator/admission/thread.js");
    const asked = `const { Thread } = await import(${JSON.stringify(file)});
      const waiting = setInterval(() => {}, 1000);
      const thread = new Thread();
      console.log(await thread.loaded(AbortSignal.timeout(20_000)));
      await thread.end();
      clearInterval(waiting);`;
    const { stdout } = await inNodeWithoutTypes("--input-type=module", "--eval", asked);
    expect(stdout).toBe("true\n");
  });

  it("runs commands", async () => {
    const messages = path.resolve("config/samples/hospital/messages");
    const message = path.join(messages, (await readdir(messages))[0] as string);
    const { stdout } = await inNodeWithoutTypes(path.join(program, "src/main/fascia.js"), "convert", message);
    expect(JSON.parse(stdout)).toMatchObject({ resourceType: "Bundle" });
  });
});

describe("what is made JavaScript", () => {
  async function converted(text: string): Promise<string> {
    const folder = await mkdtemp(path.join(directory, "x"));
    await writeFile(path.join(folder, "x.ts"), text);
    await toJavaScript(folder);
    return readFile(path.join(folder, "x.js"), "utf8");
  }

  it.each([
    [`import { a } from "./a.ts";`, `import { a } from "./a.js";`],
    [`export * from "../b/a.ts";`, `export * from "../b/a.js";`],
    [`import "./a.ts";`, `import "./a.js";`],
    [`await import("./a.ts");`, `await import("./a.js");`],
    [`new URL("a.ts", import.meta.url);`, `new URL("a.js", import.meta.url);`],
    [`const a: string = "a.tsv";`, `const a         = "a.tsv";`],
    [`import fast from "lib/a.js";`, `import fast from "lib/a.js";`],
  ])("%s", async (typed, expected) => {
    expect(await converted(typed)).toBe(expected);
  });

  it("names no TypeScript file in another way", async () => {
    await expect(converted(`const file = "./a.ts"; await import(file);`)).rejects.toThrow(
      /x\.ts: "\.\/a\.ts" is named/,
    );
  });
});
