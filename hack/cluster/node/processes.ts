import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Daemon } from "../daemon.ts";
import { inState } from "./layout.ts";

/** A process that `up` started. Its start time tells it from another one that got the same id later. */
export interface Recorded {
  name: string;
  pid: number;
  /** Clock ticks since boot, from /proc. */
  startTime: string;
}

const FILE = inState("processes.json");
const GRACE_MS = 10_000;
const LOOK_MS = 50;

export async function recorded(): Promise<Recorded[]> {
  try {
    return JSON.parse(await readFile(FILE, "utf8")) as Recorded[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Written as soon as a process runs, so that `down` knows it however `up` ends. */
export async function record({ name, pid }: Daemon): Promise<void> {
  const startTime = startTimeOf(pid);
  if (startTime === undefined) return;
  await writeFile(FILE, JSON.stringify([...(await recorded()), { name, pid, startTime }]));
}

export const isAlive = ({ pid, startTime }: Recorded): boolean => startTimeOf(pid) === startTime;

/** Asks a process to end, and ends it when it does not within 10 s. */
export async function end(each: Recorded): Promise<void> {
  if (!isAlive(each)) return;
  process.kill(each.pid, "SIGTERM");
  const until = performance.now() + GRACE_MS;
  while (isAlive(each)) {
    if (performance.now() > until) process.kill(each.pid, "SIGKILL");
    await sleep(LOOK_MS);
  }
}

/** Running processes whose program and command line `matches` says are ours, e.g. containerd's shims. */
export function findProcesses(name: string, matches: (program: string, args: string[]) => boolean): Recorded[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => matches(programOf(pid), argumentsOf(pid)))
    .map((pid) => ({ name, pid, startTime: startTimeOf(pid) ?? "" }));
}

/** Undefined when there is no such process, or when it has ended and waits for its parent. */
function startTimeOf(pid: number): string | undefined {
  // The program's name, in parentheses, may hold spaces.
  const fields = readProc(pid, "stat")
    ?.replace(/^.*\) /s, "")
    .split(" ");
  return fields === undefined || fields[0] === "Z" ? undefined : fields[19];
}

function argumentsOf(pid: number): string[] {
  return readProc(pid, "cmdline")?.split("\0") ?? [];
}

function programOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    // It ended meanwhile, or it is a thread of the kernel.
    return "";
  }
}

function readProc(pid: number, name: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch {
    // It ended meanwhile.
    return undefined;
  }
}
