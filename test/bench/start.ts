import { median } from "./median.ts";
import { createBenchHospital } from "./hospital.ts";
import { spawnFascia } from "../builders/process.ts";
import type { BenchRow } from "./row.ts";

const ROUNDS = 5;

/** From starting `fascia run` to `ready`: nats-server serves, streams stand, every adapter listens or delivers. */
export async function startBench(): Promise<BenchRow[]> {
  const first: number[] = [];
  const help: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    const hospital = await createBenchHospital("always", { down: true });
    first.push((performance.now() - began) / 1000);
    await hospital.stop();
    const asked = performance.now();
    await spawnFascia(["--help"]).ended;
    help.push((performance.now() - asked) / 1000);
  }
  return [
    {
      name: "start of fascia run, hospital, empty data directory",
      value: median(first),
      unit: "s",
      note: "goal: under 1",
    },
    { name: "fascia --help", value: median(help), unit: "s" },
  ];
}
