import { type Server, createServer } from "node:net";
import { once } from "node:events";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { deliveryConsumer, hubStream } from "../../src/compile/names.ts";
import { type Hub, closeHub } from "../../src/jetstream/hub.ts";
import { streamNames } from "../../src/jetstream/streams.ts";
import { overtaken, residentMib, sendAll } from "../builders/crowd.ts";
import type { Admission } from "../builders/admission.ts";
import { eventually } from "../builders/eventually.ts";
import { SYSTEMS, type System, arrivals, impatient, labelled, quarantineOf, results } from "../builders/faults.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { openHub } from "../builders/openhub.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines } from "../builders/process.ts";

/** A target is away for a while, and the others do not notice. */
let hospital: Hospital;
let fascia: FasciaProcess;
let hub: Hub;
let metrics: string;
let count = 0;
let impostor: Server | undefined;

beforeAll(async () => {
  const port = await freePort();
  metrics = `http://127.0.0.1:${port}/metrics`;
  hospital = await createHospital((file, text) =>
    impatient(file, text).replace("idempotent: false", "idempotent: false\n      connections: 8"),
  );
  fascia = await hospital.run("--telemetry", `127.0.0.1:${port}`, "--nats-sync", "default");
  hub = await openHub(hospital.data);
});
afterEach(async () => {
  for (const system of SYSTEMS) await comeBack(system);
});
afterAll(async () => {
  await closeHub(hub);
  await hospital.stop();
});

const standIn = (system: System) =>
  ({ eligibility: hospital.eligibility, "patient-app": hospital.app, billing: hospital.billing })[system];

const admissions = (n: number, patients: number): Admission[] =>
  Array.from({ length: n }, (_, i) => labelled(`V${++count}`, `P${i % patients}`));

/** The target's port is dead, or somebody answers there who closes every connection. */
async function goAway(system: System, how: "refuses" | "closes"): Promise<void> {
  await standIn(system).setBehaviour({ kind: "Down" });
  if (how === "refuses") return;
  impostor = createServer((socket) => socket.on("error", () => {}).destroy());
  impostor.listen(standIn(system).port, "127.0.0.1");
  await once(impostor, "listening");
}

async function comeBack(system: System): Promise<void> {
  await unmask();
  await standIn(system).setBehaviour({ kind: "Normal" });
}

async function unmask(): Promise<void> {
  const server = impostor;
  impostor = undefined;
  if (server) await new Promise((resolve) => server.close(resolve));
}

const logged = (message: string, system: System): number =>
  jsonLines(fascia.output().stderr).filter((l) => l["msg"] === message && l["adapter"] === `default/${system}`).length;

/** What the metrics say: attempts of all messages that did not end well, and whether the target counts as down. */
async function readMetrics(system: System): Promise<{ breakerOpen: boolean; failed: number }> {
  const lines = (await (await fetch(metrics)).text()).split("\n").filter((l) => l.includes(`"default/${system}"`));
  const failures = lines.filter((l) => /^fascia_deliveries_total.*outcome="(Transient|Ambiguous)"/.test(l));
  return {
    breakerOpen: lines.some((l) => l.startsWith("fascia_breaker_open") && l.endsWith(" 1")),
    failed: failures.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0),
  };
}

const isPaused = async (name: System): Promise<boolean> => {
  const consumer = deliveryConsumer({ namespace: "default", name }, 0);
  return (await hub.jsm.consumers.info(hubStream("registration"), consumer)).paused === true;
};

const nothingUnderWay = async (): Promise<boolean> => {
  for (const stream of await streamNames(hub, "HUB_"))
    for await (const info of hub.jsm.consumers.list(stream))
      if (info.num_pending + info.num_ack_pending > 0) return false;
  return true;
};

/** What arrived of these messages, in order. */
const arrivedOf = (system: System, messages: Admission[]): string[] => {
  const wanted = new Set(messages.map((m) => m.visit));
  return arrivals(hospital, system).filter((label) => wanted.has(label));
};

const has = (system: System, messages: Admission[]): void => {
  const there = new Set(arrivals(hospital, system));
  expect(messages.filter((m) => !there.has(m.visit)).length).toBe(0);
};

test.each([
  ["eligibility", "closes"],
  ["patient-app", "closes"],
  ["billing", "refuses"],
] as const)(
  "%s is away (%s): it is probed now and then, the others go on at full speed; back again it gets all in order",
  async (system, how) => {
    const others = SYSTEMS.filter((s) => s !== system);
    const first = admissions(200, 50);
    const usual = await timeToReach(SYSTEMS, first);
    // Of what is under way when it goes the answer may come after it was found down: that is another story.
    await eventually(() => expect(results(hospital)).toEqual(expect.arrayContaining(first.map((m) => m.visit))));
    await eventually(nothingUnderWay);
    const before = (await readMetrics(system)).failed;
    const began = performance.now();
    await goAway(system, how);
    const sent = admissions(200, 50);
    // Had they to wait for it, each of 200 messages would wait for the time-out of a second.
    expect(await timeToReach(others, sent)).toBeLessThan(5 * usual + 5000);
    await eventually(async () => expect((await readMetrics(system)).breakerOpen).toBe(true));
    await eventually(async () => expect(await isPaused(system)).toBe(true));
    expect(logged("target is down", system)).toBe(1);
    const down = jsonLines(fascia.output().stderr).find((line) => line["msg"] === "target is down");
    expect(down?.["reason"]).toMatch(/\w/);

    const { failed } = await readMetrics(system);
    await eventually(
      async () => expect((await readMetrics(system)).failed).toBeGreaterThan(failed + 1),
      BACK_WITHIN_MS,
    );
    const after = (await readMetrics(system)).failed;
    expect(after - before).toBeLessThanOrEqual(UNDER_WAY + probesWithin(performance.now() - began));
    expect(arrivedOf(system, sent)).toEqual([]);

    await comeBack(system);
    const late = admissions(20, 10);
    await timeToReach(SYSTEMS, [...late]);
    await eventually(() => has(system, sent), BACK_WITHIN_MS);
    const arrived = arrivedOf(system, [...sent, ...late]);
    expect(overtaken([...sent, ...late], arrived)).toEqual([]);
    expect(new Set(arrived).size).toBe(arrived.length);
    expect((await readMetrics(system)).breakerOpen).toBe(false);
    expect(logged("target is back", system)).toBe(1);
    expect(await quarantineOf(hospital)).toEqual([]);
    expect(await residentMib(fascia.pid)).toBeLessThan(300);
  },
);

/** Attempts that there can be before the target counts as down: three of each message that a connection has under way. */
const UNDER_WAY = 3 * 8;

/** A target that was away for long is looked after every half a minute, and under load all the rest takes as long. */
const BACK_WITHIN_MS = 90_000;

/** How many probes there can be in so many milliseconds: half a second to the first, twice as long to each other. */
const probesWithin = (ms: number): number => Math.floor(Math.log2(ms / 500 + 1));

/** Sends the messages; resolves with how long it takes until all of these systems have all of them, milliseconds. */
async function timeToReach(systems: readonly System[], messages: Admission[]): Promise<number> {
  const started = performance.now();
  await sendAll(hospital.ehrPort, messages);
  await eventually(() => systems.forEach((system) => has(system, messages)), BACK_WITHIN_MS);
  return performance.now() - started;
}
