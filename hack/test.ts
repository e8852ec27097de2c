/**
 * Runs every test (or those that the arguments name, as vitest takes them) and ends with the line `N passed, N failed`.
 * A file that could not be loaded, and an error outside of any test, count as failed.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

/** The part of vitest's JSON report that is read. */
interface Report {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
}

const root = fileURLToPath(new URL("..", import.meta.url));

async function main(args: string[]): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-test-"));
  const file = path.join(directory, "report.json");
  try {
    const code = await vitest(["run", ...args, "--reporter=default", "--reporter=json", `--outputFile.json=${file}`]);
    const { passed, failed } = count(await readReport(file), code);
    console.log(`${passed} passed, ${failed} failed`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function vitest(args: string[]): Promise<number> {
  const script = path.join(root, "node_modules", "vitest", "vitest.mjs");
  const child = spawn(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

async function readReport(file: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Report;
  } catch {
    // vitest ended before it could write one: that is one failure, and its output says why.
    return undefined;
  }
}

function count(report: Report | undefined, exitCode: number): { passed: number; failed: number } {
  if (report === undefined) return { passed: 0, failed: 1 };
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  const failed = report.numFailedTests + unloaded.length;
  return { passed: report.numPassedTests, failed: exitCode !== 0 && failed === 0 ? 1 : failed };
}

await main(process.argv.slice(2));
