import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { createBenchHospital } from "./hospital.ts";
import { startNats } from "../builders/nats.ts";
import { barePath } from "./barepath.ts";
import { median } from "./median.ts";
import type { BenchRow } from "./row.ts";
import { send } from "./senders.ts";

const SECONDS = 10;
const ROUNDS = 3;

/**
 * The whole way, sustained: from a message's AA until all four targets have it, and billing the eligibility result as
 * well. Product, hub and targets are processes of their own. Baseline: the bare NATS client doing the same JetStream
 * writes and acknowledgements, and nothing else. Rounds alternate, since the disk varies from minute to minute.
 */
export async function wholeBench(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const sync of ["always", "default"] as const) {
    for (const connections of [8, 64]) {
      const runs: Run[] = [];
      const bare: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const nats = await startNats({ sync });
        bare.push(await barePath(nats.url, connections, SECONDS));
        await nats.stop();
        runs.push(await oneRun(sync, connections));
      }
      const name = `whole way, ${connections} connections, sync ${sync}`;
      const goal = sync === "always" && connections === 64 ? { goal: 0.7 } : {};
      rows.push({
        name,
        value: median(runs.map((r) => r.rate)),
        unit: "msg/s",
        baseline: { name: "bare JetStream msg/s", value: median(bare) },
        ...goal,
      });
      rows.push({ name: `${name}, latency p50`, value: median(runs.map((r) => r.p50)), unit: "ms" });
      rows.push({ name: `${name}, latency p99`, value: median(runs.map((r) => r.p99)), unit: "ms" });
    }
  }
  return rows;
}

interface Run {
  rate: number;
  p50: number;
  p99: number;
}

/** Rate: messages by the time from the first AA until the last target has the last of them. Latency: AA to the last target. */
async function oneRun(sync: "always" | "default", connections: number): Promise<Run> {
  const hospital = await createBenchHospital(sync);
  try {
    const began = Date.now();
    const sending = await send(hospital.ehrPort, connections, SECONDS, "w");
    const arrivals = await allArrived(hospital.journals, [...sending.acknowledged.keys()]);
    const latencies = [...sending.acknowledged]
      .map(([visit, at]) => Math.max(0, (arrivals.get(visit) ?? Number.NaN) - at))
      .sort((a, b) => a - b);
    const last = Math.max(...arrivals.values());
    const at = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? Number.NaN;
    return { rate: sending.count / ((last - began) / 1000), p50: at(0.5), p99: at(0.99) };
  } finally {
    await hospital.stop();
  }
}

/** Visit → when the last of its deliveries arrived. Five each: billing twice, eligibility, app, audit. */
async function allArrived(journals: string, visits: string[]): Promise<Map<string, number>> {
  const deadline = Date.now() + 180_000;
  for (;;) {
    const billing = await visitsOf(
      join(journals, "billing.ndjson"),
      (line) => /PV1\|[^\r]*\|(V\w+)/.exec(String(line["message"]))?.[1],
    );
    const app = await visitsOf(join(journals, "app.ndjson"), visitOfEncounter);
    const eligibility = await visitsOf(
      join(journals, "eligibility.ndjson"),
      (line) => (line["request"] as { visit?: string }).visit,
    );
    const audit = (await lines(join(journals, "audit.ndjson"))).length;
    const done =
      visits.every((v) => billing.get(v)?.length === 2 && app.has(v) && eligibility.has(v)) && audit >= visits.length;
    if (done)
      return new Map(visits.map((v) => [v, Math.max(...[billing, app, eligibility].flatMap((m) => m.get(v) ?? []))]));
    if (Date.now() > deadline)
      throw new Error(
        `after 3 minutes billing has ${billing.size}, the app ${app.size}, eligibility ${eligibility.size}, audit ${audit} of ${visits.length}`,
      );
    await pause(500);
  }
}

function visitOfEncounter(line: Record<string, unknown>): string | undefined {
  const resource = line["resource"] as { resourceType: string; identifier?: { value?: string }[] };
  return resource.resourceType === "Encounter" ? resource.identifier?.[0]?.value : undefined;
}

async function visitsOf(
  file: string,
  visitOf: (line: Record<string, unknown>) => string | undefined,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>();
  for (const line of await lines(file)) {
    const visit = visitOf(line);
    if (visit !== undefined) found.set(visit, [...(found.get(visit) ?? []), Number(line["at"])]);
  }
  return found;
}

async function lines(file: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
