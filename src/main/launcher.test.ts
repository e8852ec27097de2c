import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

/** Makes the launcher believe that it runs on Node 20. */
const OLD_NODE = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.1.0"}})`;

let checkout: string;
let children: ChildProcess[] = [];

beforeEach(async () => {
  checkout = await mkdtemp(join(tmpdir(), "fascia-launcher-"));
  await mkdir(join(checkout, "src/main"), { recursive: true });
  await mkdir(join(checkout, "node_modules/.bin"), { recursive: true });
  await writeFile(join(checkout, "package.json"), `{"type":"module"}`);
  await copyFile(new URL("./fascia.js", import.meta.url), join(checkout, "src/main/fascia.js"));
});

afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  children = [];
  await rm(checkout, { recursive: true });
});

describe("on a Node that is too old", () => {
  beforeEach(() => symlink(process.execPath, join(checkout, "node_modules/.bin/node")));

  it("hands arguments, streams and the exit code over to the packaged Node", async () => {
    await cli(`
      import { text } from "node:stream/consumers";
      console.log(process.argv.slice(2).join("|"), await text(process.stdin));
      console.error("to stderr");
      process.exitCode = 7;
    `);
    const child = launch(["convert", "a b"], OLD_NODE);
    child.stdin.end("from stdin");
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
    expect(out).toBe("convert|a b from stdin\n");
    expect(err).toBe("to stderr\n");
    expect(code).toBe(7);
  });

  it("passes SIGTERM on and lets the program end in its own way", async () => {
    await cli(`process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000); console.log("ready");`);
    const child = launch([], OLD_NODE);
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([5, null]);
  });

  it("ends by the signal that ended the program", async () => {
    await cli(`setInterval(() => {}, 1000); console.log("ready");`);
    const child = launch([], OLD_NODE);
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([null, "SIGINT"]);
  });
});

it("tells how to get a new enough Node where none was installed", async () => {
  const child = launch([], OLD_NODE);
  const [err, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  expect(err).toMatch(/^fascia: Node 24 or later is needed.*npm run setup/);
  expect(code).toBe(1);
});

it("goes on in the same process on a Node that is new enough", async () => {
  await cli(`console.log(process.pid);`);
  const child = launch([]);
  expect(Number(await text(child.stdout))).toBe(child.pid);
});

const cli = (source: string): Promise<void> => writeFile(join(checkout, "src/main/cli.js"), source);

function launch(args: string[], preload?: string) {
  const imports = preload === undefined ? [] : ["--import", preload];
  const child = spawn(process.execPath, [...imports, join(checkout, "src/main/fascia.js"), ...args]);
  children.push(child);
  return child;
}
