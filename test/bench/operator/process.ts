import { readFile } from "node:fs/promises";

const TICKS_PER_SECOND = 100;
const MIB_IN_KIB = 1024;

/** Processor time that a process has used since it began, seconds. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // Behind the program's name, which may hold anything: utime and stime are the 14th and 15th field (proc(5)).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The most that a process has had resident since it began, MiB. */
export async function peakMib(pid: number): Promise<number> {
  return mib(pid, "VmHWM");
}

/** What a process has resident now, MiB. */
export async function residentMib(pid: number): Promise<number> {
  return mib(pid, "VmRSS");
}

async function mib(pid: number, field: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kib = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
  return Number(kib) / MIB_IN_KIB;
}
