import { afterEach, expect, test } from "vitest";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import { freePort } from "../builders/ports.ts";
import type { FasciaProcess } from "../builders/process.ts";
import { seeded } from "../builders/random.ts";
import { Load, type Sent } from "./load.ts";
import { labelOf, outOfOrder, repeated, seenOf } from "./verdict.ts";

const BILLING_CONNECTIONS = 4;
let hospital: Hospital;
let nats: TestNats | undefined;

afterEach(async () => {
  await hospital.stop();
  await nats?.stop();
  nats = undefined;
});

/** Something that can be killed and started again. */
interface Victim {
  name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Whether intents of deliveries to billing may be open in it. */
  delivers: boolean;
}

test("kill -9 of the standalone process, 15 times under load", { timeout: 300_000 }, async () => {
  hospital = await createHospital(moreBillingConnections);
  const victim = await processVictim("run", true, () => hospital.run("--telemetry", "off"));
  expect(await torment([[victim]], 15, () => hospital.ehrPort, 11)).toEqual(NOTHING_WRONG);
});

test(
  "kill -9 of replicas, control plane, nats-server and pairs of them, 45 times under load",
  { timeout: 600_000 },
  async () => {
    hospital = await createHospital(moreBillingConnections);
    const server = (nats = await startNats({ sync: "always" }));
    const control = await processVictim("control", false, () =>
      hospital.run("--nats", server.url, "--nats-monitoring", server.monitoring, "--without", "ehr", "billing"),
    );
    const [ehrA, ehrB] = [await freePort(), await freePort()];
    const replicas = [
      await processVictim("ehr a", false, () => hospital.adapter("ehr", "--port", String(ehrA))),
      await processVictim("ehr b", false, () => hospital.adapter("ehr", "--port", String(ehrB))),
      await processVictim("billing a", true, () => hospital.adapter("billing")),
      await processVictim("billing b", true, () => hospital.adapter("billing")),
    ] as const;
    const hub: Victim = {
      name: "nats-server",
      delivers: false,
      kill: () => server.kill(),
      start: () => server.restart(),
    };
    const alone = [control, ...replicas, hub].map((v) => [v]);
    const pairs = [
      [hub, replicas[2]],
      [hub, replicas[0]],
      [control, replicas[3]],
      [replicas[1], replicas[2]],
    ];
    let next = 0;
    const port = () => (next++ % 2 === 0 ? ehrA : ehrB);
    expect(await torment([...alone, ...pairs], 45, port, 12)).toEqual(NOTHING_WRONG);
  },
);

const moreBillingConnections = (file: string, text: string): string =>
  file === "billing.yaml"
    ? text.replace("idempotent: false", `idempotent: false\n      connections: ${BILLING_CONNECTIONS}`)
    : text;

async function processVictim(name: string, delivers: boolean, spawn: () => Promise<FasciaProcess>): Promise<Victim> {
  let running = await spawn();
  return {
    name,
    delivers,
    kill: () => running.kill(),
    start: async () => {
      running = await spawn();
    },
  };
}

/** What the kills did to the messages; everything but the counts must be empty. */
interface Toll {
  repeatedAdmissions: string[];
  repeatedResults: string[];
  outOfOrder: string[];
  resultsBeforeAdmission: string[];
  /** Ambiguous deliveries beyond what intents can have been open at the kills. */
  unexplained: number;
}

const NOTHING_WRONG: Toll = {
  repeatedAdmissions: [],
  repeatedResults: [],
  outOfOrder: [],
  resultsBeforeAdmission: [],
  unexplained: 0,
};

/** Load, kills at random moments, restarts; then, when everything accepted is accounted for, the toll. */
async function torment(groups: Victim[][], kills: number, port: () => number, seed: number): Promise<Toll> {
  const random = seeded(seed);
  const load = new Load(port, 12, `s${seed}`);
  let intentsAtRisk = 0;
  for (let kill = 0; kill < kills; kill++) {
    const before = load.accepted.length;
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(before + 20), 60_000);
    await new Promise((resolve) => setTimeout(resolve, random() * 400));
    const victims = groups[Math.floor(random() * groups.length)] as Victim[];
    process.stdout.write(
      `chaos: kill ${kill + 1} of ${kills}, ${victims.map((v) => v.name).join(" and ")}, ${before} accepted\n`,
    );
    if (victims.some((v) => v.delivers)) intentsAtRisk += BILLING_CONNECTIONS;
    await Promise.all(victims.map((v) => v.kill()));
    await Promise.all(victims.map((v) => v.start()));
  }
  await load.stop();
  let ambiguous = 0;
  await eventually(async () => {
    await standstill();
    ambiguous = await expectAllAccountedFor(load.accepted);
  }, 300_000);
  process.stdout.write(
    `chaos: ${kills} kills, ${load.accepted.length} accepted; billing got ${hospital.billing.received.length}, ${ambiguous} ambiguous of at most ${intentsAtRisk}; eligibility asked ${hospital.eligibility.received.length} times\n`,
  );
  return tollOf(load.accepted, Math.max(0, ambiguous - intentsAtRisk));
}

/** Resolves when billing, the slowest, has got nothing for a while: to look at everything takes time from those at work. */
async function standstill(): Promise<void> {
  for (let before = -1; before !== hospital.billing.received.length;) {
    before = hospital.billing.received.length;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
}

/** Every accepted message reached every target, or is in quarantine as Ambiguous. Resolves with how many are, at billing. */
async function expectAllAccountedFor(accepted: Sent[]): Promise<number> {
  const checked = accepted.filter((s) => s.event === "A01" || s.event === "A08");
  const ambiguous = await ambiguousAt("billing");
  // The stand-ins live in this process: looking must not keep them from working.
  const { admissions, results } = billed();
  const [admitted, answered] = [new Set(admissions), new Set(results)];
  const missing = [
    ...accepted.map(labelOf).filter((label) => !admitted.has(label)),
    ...checked.map((s) => s.visit).filter((visit) => !answered.has(visit)),
  ];
  expect(missing.length).toBeLessThanOrEqual(ambiguous);
  const asked = new Set(hospital.eligibility.received.map((r) => r.request["visit"]));
  expect(asked).toEqual(new Set(checked.map((s) => s.visit)));
  const audited = new Set((await hospital.audit()).map((line) => line["messageId"]));
  expect(audited.size + (await ambiguousAt("audit"))).toBeGreaterThanOrEqual(accepted.length);
  expect(appNames(accepted)).toEqual(finalNames(accepted));
  return ambiguous;
}

function tollOf(accepted: Sent[], unexplained: number): Toll {
  const { admissions, results } = billed();
  return {
    repeatedAdmissions: repeated(admissions),
    repeatedResults: repeated(results),
    outOfOrder: outOfOrder(accepted, admissions),
    resultsBeforeAdmission: resultsBeforeAdmission(accepted),
    unexplained,
  };
}

/** Labels of what billing got, in the order in which it got it. */
function billed(): { admissions: string[]; results: string[] } {
  const seen = hospital.billing.received.map(seenOf);
  const of = (kind: string) => seen.filter((s) => s.kind === kind).map((s) => s.label);
  return { admissions: of("admission"), results: of("eligibility") };
}

async function ambiguousAt(adapter: string): Promise<number> {
  const lines = (await hospital.command("quarantine", "list", "--json")).split("\n").filter(Boolean);
  const entries = lines.map((line) => JSON.parse(line) as Record<string, string>);
  for (const entry of entries) expect(entry).toMatchObject({ outcome: "Ambiguous" });
  return entries.filter((e) => e["where"]?.endsWith(`/${adapter}`)).length;
}

/** Patient → given name of the last message that is about it; a patient that was merged away last is left out. */
function finalNames(accepted: Sent[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const sent of accepted) {
    names.set(sent.patient, String(sent.order));
    if (sent.merged !== undefined) names.delete(sent.merged);
  }
  return names;
}

function appNames(accepted: Sent[]): Map<string, string> {
  const wanted = finalNames(accepted);
  const names = new Map<string, string>();
  for (const resource of hospital.app.resources.values()) {
    if (resource.resourceType !== "Patient") continue;
    const { name: [name] = [] } = resource as { name?: { family?: string; given?: string[] }[] };
    if (name?.family !== undefined && wanted.has(name.family)) names.set(name.family, name.given?.[0] ?? "");
  }
  return names;
}

/** Visits whose eligibility result reached billing before the admission that caused it. */
function resultsBeforeAdmission(accepted: Sent[]): string[] {
  const admissionAt = new Map<string, number>();
  const resultAt = new Map<string, number>();
  hospital.billing.received
    .map(seenOf)
    .forEach((seen, i) => (seen.kind === "admission" ? admissionAt : resultAt).set(seen.label, i));
  return accepted
    .filter((s) => (resultAt.get(s.visit) ?? Number.POSITIVE_INFINITY) < (admissionAt.get(labelOf(s)) ?? -1))
    .map((s) => s.visit);
}
