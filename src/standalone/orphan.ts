import { readFile } from "node:fs/promises";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../telemetry/log.ts";
import { natsFiles } from "./natsconfig.ts";
import { commandLine, endProcess } from "./processes.ts";

const GRACE_MS = 15_000;

/**
 * Ends the nats-server that a killed `fascia run` left on `dataDir`, if there is one. Two on one store destroy it, so
 * the first has to go. The caller holds the directory's lock.
 */
export async function endOrphan(dataDir: string, clock: Clock, log: Log): Promise<void> {
  const files = natsFiles(dataDir);
  const pid = Number.parseInt(await readFile(files.pid, "utf8").catch(() => ""), 10);
  if (!(pid > 1)) return;
  const isRunning = async () => (await commandLine(pid))?.includes(files.config) === true;
  if (!(await isRunning())) return;
  log.warn("nats-server left running", { pid });
  await endProcess(pid, isRunning, clock, GRACE_MS);
}
