import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { admission } from "../builders/admission.ts";
import { EhrConnection } from "../builders/ehr.ts";
import { eventually } from "../builders/eventually.ts";
import { type Hospital, createHospital } from "../builders/hospital.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, jsonLines } from "../builders/process.ts";
import { Load, type Sent } from "../chaos/load.ts";
import { labelOf, outOfOrder, repeated, seenOf } from "../chaos/verdict.ts";

const WINDOW_MS = 1000;
let hospital: Hospital;
let load: Load | undefined;

beforeEach(async () => {
  hospital = await createHospital((file, text) =>
    file === "ehr.yaml" ? text.replace("windowSeconds: 7200", `windowSeconds: ${WINDOW_MS / 1000}`) : text,
  );
});
afterEach(async () => {
  await load?.stop();
  load = undefined;
  await hospital.stop();
});

/** Sends at once and waits until so many were accepted. */
async function begin(count: number, port: () => number = () => hospital.ehrPort): Promise<Load> {
  load = new Load(port, 8, "R");
  const begun = load;
  await eventually(() => expect(begun.accepted.length).toBeGreaterThan(count));
  return begun;
}

function billed(kind: "admission" | "eligibility"): string[] {
  return hospital.billing.received
    .map(seenOf)
    .filter((seen) => seen.kind === kind)
    .map((seen) => seen.label);
}

const quarantined = async () => jsonLines(await hospital.command("quarantine", "list", "--json"));

/** All that was accepted is at billing, but for what is listed as Ambiguous; how many of its deliveries are. */
async function expectAllBilled(accepted: readonly Sent[]): Promise<number> {
  let ambiguous = 0;
  await eventually(async () => {
    const aside = await quarantined();
    expect(aside.filter((q) => q["outcome"] !== "Ambiguous")).toEqual([]);
    ambiguous = aside.filter((q) => String(q["where"]).endsWith("/billing")).length;
    const checked = accepted.filter((s) => s.event !== "A40");
    const got = new Set([...billed("admission"), ...billed("eligibility")]);
    const missing = [...accepted.map(labelOf), ...checked.map((s) => s.visit)].filter((label) => !got.has(label));
    expect(missing.length).toBeLessThanOrEqual(ambiguous);
  }, 60_000);
  return ambiguous;
}

function expectOnceAndInOrder(accepted: Sent[]): void {
  expect(repeated(billed("admission"))).toEqual([]);
  expect(repeated(billed("eligibility"))).toEqual([]);
  expect(outOfOrder(accepted, billed("admission"))).toEqual([]);
}

test("kill -9 with a backlog, and a start after more than the dedupe window: nothing is repeated, reordered or lost", async () => {
  const first = await hospital.run();
  await hospital.billing.setBehaviour({ kind: "Slow", ms: 30 });
  await hospital.eligibility.setBehaviour({ kind: "Slow", ms: 200 });
  const { accepted } = await begin(120);
  await load?.stop();
  await first.kill();
  await pause(2 * WINDOW_MS);
  await hospital.billing.setBehaviour({ kind: "Normal" });
  await hospital.eligibility.setBehaviour({ kind: "Normal" });
  expect(billed("admission").length).toBeLessThan(accepted.length);
  await hospital.run();
  // Billing has one connection: one delivery can have been under way.
  expect(await expectAllBilled(accepted)).toBeLessThanOrEqual(1);
  expectOnceAndInOrder(accepted);
});

test("SIGTERM under load ends within seconds with exit code 0; nothing is lost, nothing Ambiguous", async () => {
  await hospital.billing.setBehaviour({ kind: "Slow", ms: 20 });
  let running = await hospital.run();
  const { accepted } = await begin(30);
  for (let restart = 0; restart < 3; restart++) {
    const before = accepted.length;
    const asked = performance.now();
    await running.stop();
    expect(performance.now() - asked).toBeLessThan(10_000);
    expect((await running.ended).code).toBe(0);
    running = await hospital.run();
    await eventually(() => expect(accepted.length).toBeGreaterThan(before + 30));
  }
  await load?.stop();
  await hospital.billing.setBehaviour({ kind: "Normal" });
  expect(await expectAllBilled(accepted)).toBe(0);
  expectOnceAndInOrder(accepted);
});

test("SIGTERM while a target does not answer at all ends within its bound, and what it was asked is Ambiguous", async () => {
  const running = await hospital.run();
  await hospital.billing.setBehaviour({ kind: "Hold" });
  const ehr = new EhrConnection(hospital.ehrPort);
  expect(await ehr.send(admission({ controlId: "H1", event: "A03", patient: "P1", visit: "V1" }))).toBe("AA");
  ehr.close();
  await eventually(() => expect(hospital.billing.received).toHaveLength(1));
  const asked = performance.now();
  await running.stop();
  expect(performance.now() - asked).toBeLessThan(30_000);
  await hospital.billing.setBehaviour({ kind: "Normal" });
  await hospital.run();
  await eventually(async () => expect((await quarantined()).map((q) => q["outcome"])).toEqual(["Ambiguous"]));
  expect(hospital.billing.received).toHaveLength(1);
});

test("two processes of an adapter: one is stopped, the other goes on, and back again", async () => {
  await hospital.run("--without", "ehr", "billing");
  const ports = [await freePort(), await freePort()];
  const start = (name: string, i: number) =>
    name === "ehr" ? hospital.adapter("ehr", "--port", String(ports[i])) : hospital.adapter("billing");
  const replicas: Record<"ehr" | "billing", FasciaProcess[]> = {
    ehr: [await start("ehr", 0), await start("ehr", 1)],
    billing: [await start("billing", 0), await start("billing", 1)],
  };
  let next = 0;
  const { accepted } = await begin(20, () => ports[next++ % 2] as number);
  for (const [name, i] of [
    ["billing", 0],
    ["ehr", 1],
    ["billing", 1],
    ["ehr", 0],
  ] as const) {
    await replicas[name][i]?.stop();
    expect((await replicas[name][i]?.ended)?.code).toBe(0);
    const before = billed("admission").length;
    await eventually(() => expect(billed("admission").length).toBeGreaterThan(before + 5));
    replicas[name][i] = await start(name, i);
  }
  await load?.stop();
  expect(await expectAllBilled(accepted)).toBe(0);
  expectOnceAndInOrder(accepted);
});
