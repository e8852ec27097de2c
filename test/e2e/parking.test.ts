import { afterEach, beforeEach, expect, test } from "vitest";
import { parkedStream } from "../../src/compile/names.ts";
import { type Hub, closeHub } from "../../src/jetstream/hub.ts";
import { overtaken, residentMib, sendAll } from "../builders/crowd.ts";
import type { Admission } from "../builders/admission.ts";
import { eventually } from "../builders/eventually.ts";
import { arrivals, labelled } from "../builders/faults.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { openHub } from "../builders/openhub.ts";

/** Thousands of patients whose messages one target does not take for the time being, among others that it does. */
const HELD = 10_000;
const CONNECTIONS = 32;

let hospital: Hospital;
let hub: Hub;
let count = 0;

/** Only the patient app: what is tested is how much waits, not how much is sent. */
const onlyTheApp = (file: string, text: string): string => {
  if (file !== "integrations.yaml") return text;
  const [admissions = ""] = text.split(/^---$/m);
  const retry = "retry: { attempts: 2, initialDelaySeconds: 0.5, maxDelaySeconds: 10 }";
  return admissions.replace(/to:\n[^]*/, `to:\n      - adapter: patient-app\n        ${retry}\n`);
};

beforeEach(async () => {
  hospital = await createHospital(onlyTheApp);
});
afterEach(async () => {
  await closeHub(hub);
  await hospital.stop();
});

const of = (patient: string, family: "Held" | "Fine", more: Partial<Admission> = {}): Admission => {
  const visit = `V${++count}`;
  return labelled(visit, patient, { event: "A08", name: `${family}^${visit}`, ...more });
};
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

const parked = async (): Promise<number> =>
  (await hub.jsm.streams.info(parkedStream({ namespace: "default", name: "patient-app" }))).state.messages;
const taken = (): string[] => arrivals(hospital, "patient-app").filter((label) => label !== "");
const missing = (messages: Admission[]): number => {
  const there = new Set(taken());
  return messages.filter((m) => !there.has(m.visit)).length;
};

/** How long after their acceptance the messages arrived: the longest, milliseconds. */
function slowest(messages: Admission[], accepted: Map<string, number>): number {
  const arrived = new Map(
    hospital.app.received.map((r) => [(r.resource as { name?: { given?: string[] }[] }).name?.[0]?.given?.[0], r.at]),
  );
  return Math.max(...messages.map((m) => (arrived.get(m.visit) ?? Infinity) - (accepted.get(m.controlId) ?? 0)));
}

test(`${HELD} held keys do not stall others, outlive kill -9, and go on in order, merges included`, async () => {
  let fascia = await hospital.run("--nats-sync", "default");
  hub = await openHub(hospital.data);
  await hospital.app.setBehaviour({ kind: "Status", status: 500, containing: "Held" });
  const held = times(HELD, (i) => of(`H${i}`, "Held"));
  await sendAll(hospital.ehrPort, held, CONNECTIONS);
  await eventually(async () => expect(await parked()).toBe(HELD), 90_000);

  // What follows a held message would be taken; merges make one of a held patient and one who is not, either way round.
  const followers = times(500, (i) => of(`H${i}`, "Fine"));
  const before = times(50, (i) => of(`M${i}`, "Fine"));
  const merges = times(50, (i) => {
    const [a, b] = [`H${500 + i}`, `M${i}`];
    return of(i % 2 === 0 ? a : b, "Fine", { event: "A40", merged: i % 2 === 0 ? b : a });
  });
  const after = times(50, (i) => of(`M${i}`, "Fine"));
  const waiting = [...held, ...followers, ...merges, ...after];
  // One group after another: survivor and merged patient may be on different connections.
  for (const group of [followers, before, merges, after]) await sendAll(hospital.ehrPort, group, CONNECTIONS);
  const others = times(300, (i) => of(`O${i % 100}`, "Fine"));
  const accepted = await sendAll(hospital.ehrPort, others, CONNECTIONS);
  await eventually(() => expect(missing([...before, ...others])).toBe(0));
  expect(slowest(others, accepted)).toBeLessThan(10_000);
  expect(missing(waiting)).toBe(waiting.length);
  await eventually(async () => expect(await parked()).toBe(waiting.length + merges.length));
  const mib = [await residentMib(fascia.pid)];

  await fascia.kill();
  fascia = await hospital.run("--nats-sync", "default");
  const later = times(100, (i) => of(`O${i}`, "Fine"));
  await sendAll(hospital.ehrPort, later, CONNECTIONS);
  await eventually(() => expect(missing(later)).toBe(0));
  expect(missing(waiting)).toBe(waiting.length);

  await hospital.app.setBehaviour({ kind: "Normal" });
  const healed = performance.now();
  await eventually(async () => expect(await parked()).toBe(0), 150_000);
  const seconds = (performance.now() - healed) / 1000;
  mib.push(await residentMib(fascia.pid));
  process.stdout.write(
    `parking: ${HELD} held keys in ${mib.map((m) => m.toFixed(0)).join(" and ")} MiB, all gone ${seconds.toFixed(0)} s after the fault\n`,
  );
  const all = [...held, ...followers, ...before, ...merges, ...after, ...others, ...later];
  expect(missing(all)).toBe(0);
  expect(overtaken(all, taken())).toEqual([]);
  expect(taken().length).toBe(all.length);
  expect(Math.max(...mib)).toBeLessThan(300);
}, 300_000);
