import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether system calls of other processes can be watched here: strace is there, and the sandbox lets it. */
export function canTrace(): boolean {
  const { status } = spawnSync("strace", ["-f", "-e", "trace=fsync", "true"], { stdio: "ignore" });
  return status === 0;
}

/** One system call that has returned. */
export interface Call {
  pid: number;
  name: string;
  /** First argument. */
  fd: number;
  /** Arguments and result, as strace writes them. */
  text: string;
}

/** Watches reads, writes and syncs of running processes and all their threads, in the order in which they return. */
export class Strace {
  readonly #child: ChildProcess;
  readonly #dir: string;

  private constructor(child: ChildProcess, dir: string) {
    this.#child = child;
    this.#dir = dir;
  }

  static async attach(...pids: number[]): Promise<Strace> {
    const dir = await mkdtemp(join(tmpdir(), "fascia-strace-"));
    const calls = "trace=fsync,fdatasync,sync_file_range,pwrite64,write,writev,read,openat";
    const targets = pids.flatMap((pid) => ["-p", String(pid)]);
    const child = spawn("strace", ["-f", "-s", "6000", "-e", calls, "-o", join(dir, "calls"), ...targets], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    let said = "";
    const attached = () => pids.every((pid) => said.includes(`Process ${pid} attached`));
    // Read to its end: strace must not find its own output closed.
    await new Promise<void>((resolve, reject) => {
      child.once("exit", () => reject(new Error(`strace ended: ${said}`)));
      child.stderr.setEncoding("utf8").on("data", (text: string) => {
        said += text;
        if (attached()) resolve();
      });
    });
    return new Strace(child, dir);
  }

  /** Lets go of the processes. Resolves with what they did. */
  async detach(): Promise<Call[]> {
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGINT");
    await ended;
    const text = await readFile(join(this.#dir, "calls"), "utf8");
    await rm(this.#dir, { recursive: true });
    return parse(text);
  }
}

/** A call that another thread's interrupts stands in two lines, `… <unfinished ...>` and `<... name resumed> …`. */
function parse(text: string): Call[] {
  const unfinished = new Map<string, string>();
  const calls: Call[] = [];
  for (const line of text.split("\n")) {
    const [, pid = "", rest = ""] = /^(\d+) +(.*)$/.exec(line) ?? [];
    if (rest.endsWith("<unfinished ...>")) {
      unfinished.set(pid, rest.slice(0, -"<unfinished ...>".length));
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest);
    const whole = resumed ? `${unfinished.get(pid) ?? ""}${resumed[1]}` : rest;
    const [, name, fd] = /^(\w+)\((-?\w+)/.exec(whole) ?? [];
    if (name !== undefined) calls.push({ pid: Number(pid), name, fd: Number(fd), text: whole });
  }
  return calls;
}
