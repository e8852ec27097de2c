import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Clock } from "../base/clock.ts";
import { isServing } from "./port.ts";

/** How a nats-server ended: by exit code, by signal, or not even started (`ENOENT`, `EACCES`). */
export interface Exit {
  code?: number;
  signal?: NodeJS.Signals;
  error?: string;
}

export interface NatsProcess {
  readonly pid: number | undefined;
  readonly exited: Promise<Exit>;
  /** Resolves to true once it serves, to false when it ended before that. */
  ready(): Promise<boolean>;
  /** SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<Exit>;
}

export interface NatsCall {
  binary: string;
  configFile: string;
  logFile: string;
  /** The port that the configuration names. */
  port: number;
}

const POLL_MS = 10;

/**
 * One run of a nats-server. It gets a session of its own: ^C at the terminal is meant for us, who need the hub until
 * everything under way is put down.
 */
export function spawnNats(call: NatsCall, clock: Clock): NatsProcess {
  // What it says before it has opened its log by itself, such as that it can't read its configuration.
  const log = openSync(call.logFile, "a", 0o600);
  const child = spawn(call.binary, ["-c", call.configFile], { stdio: ["ignore", log, log], detached: true });
  closeSync(log);
  const endWithUs = () => child.kill("SIGTERM");
  process.once("exit", endWithUs);
  const ended = new AbortController();
  const exited = new Promise<Exit>((resolve) => {
    child.once("exit", (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
    child.once("error", (error: NodeJS.ErrnoException) => resolve({ error: error.code ?? error.name }));
  }).finally(() => {
    ended.abort();
    process.removeListener("exit", endWithUs);
  });
  return {
    pid: child.pid,
    exited,
    ready: async () => {
      while (!ended.signal.aborted && !(await isServing(call.port))) await clock.sleep(POLL_MS, ended.signal);
      return !ended.signal.aborted;
    },
    stop: async (graceMs) => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
      return exited.finally(() => clearTimeout(timer));
    },
  };
}
