import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, cp, mkdir, readFile, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runQuietly } from "../setup/progress.js";
import { cachePath } from "../setup/tools.js";
import { toJavaScript } from "./javascript.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What packages ship for their own developers, and no process loads. */
const LEFT_OUT = /\.(map|ts|mts|cts|md|markdown|flow|tsbuildinfo)$|\/(\.package-lock\.json|\.bin)$/;

/** Files that the program is made of, without its tests. */
const isProduct = (file: string) => !file.endsWith(".test.ts");

/** Seconds since 1970 that stand for the image's content: SOURCE_DATE_EPOCH, or the time of the last commit. */
export function sourceEpoch(): number {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given) return Number(given);
  return Number(execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }));
}

/** Puts everything that the image holds, and the Dockerfile, into `directory`, which is made anew. */
export async function writeContext(directory: string): Promise<void> {
  const target = path.join(directory, "fascia");
  await rm(directory, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  await cp(path.join(root, "Dockerfile"), path.join(directory, "Dockerfile"));
  await writeProgram(target);
  await cp(await productionModules(), path.join(target, "node_modules"), { recursive: true });
  await setModes(target);
}

/** Puts the program itself into `directory`, as JavaScript: all that it is made of but its dependencies. */
export async function writeProgram(directory: string): Promise<void> {
  for (const name of ["package.json", "src"]) {
    await cp(path.join(root, name), path.join(directory, name), { recursive: true, filter: isProduct });
  }
  await toJavaScript(path.join(directory, "src"));
}

/** The production dependencies as the lock file names them, installed once for each lock file. */
async function productionModules(): Promise<string> {
  const lock = await readFile(path.join(root, "package-lock.json"));
  const hash = createHash("sha256").update(lock).update(LEFT_OUT.source).digest("hex").slice(0, 16);
  const directory = cachePath("image", `modules-${hash}`);
  if (existsSync(directory)) return path.join(directory, "node_modules");
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    for (const name of ["package.json", "package-lock.json", ".npmrc"]) {
      await cp(path.join(root, name), path.join(unfinished, name));
    }
    const omit = ["--omit=dev", "--omit=optional"];
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    await runQuietly("installing production packages", "npm", ["ci", ...omit, ...flags], { cwd: unfinished });
    await prune(path.join(unfinished, "node_modules"));
    await rename(unfinished, directory);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return path.join(directory, "node_modules");
}

async function prune(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (LEFT_OUT.test(file)) await rm(file, { recursive: true });
    else if (entry.isDirectory()) await prune(file);
  }
}

/** The same whatever umask the checkout was made with: readable by all, written by nobody who runs it. */
async function setModes(directory: string): Promise<void> {
  await chmod(directory, 0o755);
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) await setModes(file);
    else await chmod(file, 0o644);
  }
}
