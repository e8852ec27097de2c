import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const POLL_MS = 20;
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 30_000;

/** Says in one line what failed; what `fascia run` said last stands in `log`. */
export class HubError extends Error {
  readonly log: string;

  constructor(message: string, log: string) {
    super(message);
    this.log = log;
  }
}

export interface Hub {
  logFile: string;
  /** Resolves when it ended by itself, with a sentence about that. */
  ended: Promise<string>;
  stop(): Promise<void>;
}

/** Runs `fascia run <manifests> --data <dataDir>` as a process of its own, until `port` takes connections. */
export async function startHub(manifests: string, dataDir: string, port: number): Promise<Hub> {
  if (await accepts(port)) throw new Error(`port ${port} of the EHR's adapter is in use by another program`);
  await mkdir(dataDir, { recursive: true });
  const logFile = join(dataDir, "fascia.log");
  const log = openSync(logFile, "w");
  const launcher = fileURLToPath(new URL("../../src/main/fascia.js", import.meta.url));
  // In a session of its own: ^C is for the demo, which then stops it in order.
  const child = spawn(process.execPath, [launcher, "run", manifests, "--data", dataDir], {
    stdio: ["ignore", log, log],
    detached: true,
  });
  process.once("exit", () => child.kill("SIGTERM"));
  const ended = once(child, "exit").then(([code, signal]) => `fascia run ended (${String(signal ?? code)})`);
  await ready(child, port, ended, logFile);
  return { logFile, ended, stop: () => stop(child, ended) };
}

async function ready(child: ChildProcess, port: number, ended: Promise<string>, logFile: string): Promise<void> {
  let failure: string | undefined;
  void ended.then((reason) => (failure = reason));
  const deadline = performance.now() + START_TIMEOUT_MS;
  while (!(await accepts(port))) {
    if (failure === undefined && performance.now() > deadline) {
      await stop(child, ended);
      failure = `fascia run did not listen on port ${port} within ${START_TIMEOUT_MS / 1000} s`;
    }
    if (failure !== undefined) throw new HubError(failure, await tail(logFile));
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function stop(child: ChildProcess, ended: Promise<string>): Promise<void> {
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

async function tail(file: string): Promise<string> {
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  return lines.slice(-15).join("\n");
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (accepted: boolean) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.once("connect", () => done(true));
    socket.once("error", () => done(false));
  });
}
