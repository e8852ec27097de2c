import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const LOOK_MS = 50;
const GRACE_MS = 5_000;
const SHOWN_LINES = 30;

/** A server that was started here. */
export interface Daemon {
  name: string;
  pid: number;
  /** Tries until `probe` resolves. Rejects with the end of the server's log when it ended, or after `withinMs`. */
  waitFor<T>(probe: () => Promise<T>, withinMs: number): Promise<T>;
  stop(): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
}

export interface DaemonOptions {
  /** Whether it goes on when this process ends. Otherwise it ends with it, at the latest. */
  outlives?: boolean;
}

/** Starts `program`, its output going to `<directory>/<name>.log`. */
export async function startDaemon(
  name: string,
  program: string,
  args: string[],
  directory: string,
  { outlives = false }: DaemonOptions = {},
): Promise<Daemon> {
  const logFile = path.join(directory, `${name}.log`);
  const log = openSync(logFile, "a");
  const child = spawn(program, args, { stdio: ["ignore", log, log], cwd: directory, detached: outlives });
  closeSync(log);
  const killAtExit = () => child.kill("SIGKILL");
  if (outlives) child.unref();
  else process.on("exit", killAtExit);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => reject(new Error(`${name} does not start (run \`npm test\` once)`, { cause })));
  });
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    await ended;
    clearTimeout(timer);
    process.off("exit", killAtExit);
  };
  return {
    name,
    pid: child.pid ?? 0,
    waitFor: (probe, withinMs) => waitFor(name, child, logFile, probe, withinMs),
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

async function waitFor<T>(
  name: string,
  child: ChildProcess,
  logFile: string,
  probe: () => Promise<T>,
  withinMs: number,
): Promise<T> {
  const until = performance.now() + withinMs;
  for (;;) {
    try {
      return await probe();
    } catch (cause) {
      const gone = child.exitCode !== null || child.signalCode !== null;
      if (gone || performance.now() > until) {
        const end = readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
        const what = gone ? "ended" : `is not ready after ${withinMs} ms`;
        throw new Error(`${name} ${what} (${String(cause)}):\n${end}`, { cause });
      }
    }
    await sleep(LOOK_MS);
  }
}
