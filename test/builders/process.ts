import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A `fascia` of a test's own. */
export interface FasciaProcess {
  pid: number;
  /** Resolves at the log line `ready`; rejects when it ends before. */
  ready: Promise<void>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
  /** Everything it has written so far. */
  output(): { stdout: string; stderr: string };
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** SIGTERM, and waits. */
  stop(): Promise<void>;
}

/** `env` is added to the environment of the test itself. */
export function spawnFascia(args: string[], env: Record<string, string> = {}): FasciaProcess {
  const child = spawn(process.execPath, ["src/main/fascia.js", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) =>
    child.once("close", (code) => resolve({ code, stdout, stderr })),
  );
  const ready = new Promise<void>((resolve, reject) => {
    createInterface(child.stderr).on("line", (line) => {
      if (line.includes('"msg":"ready"')) resolve();
    });
    void ended.then(({ code }) => reject(new Error(`fascia ${args[0]} ended with ${code}: ${stderr.slice(-2000)}`)));
  });
  // Who does not wait for readiness is not to be told of its absence either.
  ready.catch(() => {});
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    await ended;
  };
  return {
    pid: pidOf(child),
    ready,
    ended,
    output: () => ({ stdout, stderr }),
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
}

function pidOf(child: ChildProcess): number {
  if (child.pid === undefined) throw new Error("the process did not start");
  return child.pid;
}

/** The lines that are JSON objects, e.g. of a log or of `--json`. */
export function jsonLines<T = Record<string, unknown>>(text: string): T[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as T);
}
