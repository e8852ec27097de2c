import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { createBenchHospital } from "./hospital.ts";
import { send } from "./senders.ts";
import type { BenchRow } from "./row.ts";

const MIB = 1024 * 1024;
const BACKLOGS = [0, 10_000, 100_000];
const CONNECTIONS = 64;

/** Resident memory of `fascia run`, all five adapters in it, while every network target is down and messages pile up. */
export async function memoryBench(): Promise<BenchRow[]> {
  const hospital = await createBenchHospital("default", { down: true });
  const rows: BenchRow[] = [];
  let sent = 0;
  try {
    for (const backlog of BACKLOGS) {
      for (let part = 0; sent < backlog; part++)
        sent += (await send(hospital.ehrPort, CONNECTIONS, 5, `m${backlog}p${part}x`)).count;
      await pause(3000);
      rows.push({
        name: `RSS of fascia run at ${backlog.toLocaleString("en")} messages of backlog`,
        value: await residentMib(hospital.fascia.pid),
        unit: "MiB",
        note: `${sent.toLocaleString("en")} sent; goal: under 200 and flat`,
      });
    }
  } finally {
    await hospital.stop();
  }
  return rows;
}

async function residentMib(pid: number): Promise<number> {
  const pages = Number((await readFile(`/proc/${pid}/statm`, "utf8")).split(" ")[1]);
  return (pages * 4096) / MIB;
}
