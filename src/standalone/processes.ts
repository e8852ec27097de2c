import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Clock } from "../base/clock.ts";

const POLL_MS = 20;

/** Sends `signal`; false when there is no such process any more. */
export function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
    throw error;
  }
}

/**
 * Asks process `pid`, which is not a child, to end; after `graceMs` ends it. Resolves when `isRunning` says that it is
 * gone: one that nobody has waited for yet still takes signals, but no longer has a command line.
 */
export async function endProcess(
  pid: number,
  isRunning: () => Promise<boolean>,
  clock: Clock,
  graceMs: number,
): Promise<void> {
  signalProcess(pid, "SIGTERM");
  const deadline = clock.monotonic() + graceMs;
  while (await isRunning()) {
    if (clock.monotonic() >= deadline) signalProcess(pid, "SIGKILL");
    await clock.sleep(POLL_MS);
  }
}

/** How process `pid` was called; undefined where it does not exist or that cannot be told. Ids are used again: compare. */
export async function commandLine(pid: number): Promise<string | undefined> {
  const listed = () => promisify(execFile)("ps", ["-o", "command=", "-p", String(pid)]).then(({ stdout }) => stdout);
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8")
    .catch(listed)
    .catch(() => "");
  const command = text.replaceAll("\0", " ").trim();
  return command === "" ? undefined : command;
}
