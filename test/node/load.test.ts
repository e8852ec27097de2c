import { beforeAll, expect, test } from "vitest";
import { eventually } from "../builders/eventually.ts";
import { Load, type Sent } from "../chaos/load.ts";
import { labelOf, outOfOrder, repeated, seenOf } from "../chaos/verdict.ts";
import { EHR_PORT, applyHospital, asked, billed, nodeAddress, untilReady } from "./hospital.ts";
import { quarantined } from "./quarantine.ts";
import { say, step } from "./progress.ts";
import { release } from "./release.ts";
import { kubectl } from "./tools.ts";

const CONNECTIONS = 4;
/** In all names of the load, and in no others. */
const PREFIX = "load";
/** Accepted between two steps: what is killed must have something to do. */
const BETWEEN = 30;

beforeAll(async () => {
  await release();
  await applyHospital();
}, 300_000);

const scale = async (adapter: string, replicas: number): Promise<void> => {
  await kubectl("scale", undefined, "adapter", adapter, `--replicas=${replicas}`);
  await kubectl(
    "wait",
    undefined,
    `adapter/${adapter}`,
    `--for=jsonpath={.status.readyReplicas}=${replicas}`,
    "--timeout=60s",
  );
};

/** Ends one of an adapter's pods, in order or as a crash does. */
async function kill(adapter: string, ...how: string[]): Promise<void> {
  const selector = `--selector=app.kubernetes.io/instance=fascia-${adapter}`;
  const [pod = ""] = (await kubectl("get", undefined, "pods", selector, "--output=name")).split("\n");
  await kubectl("delete", undefined, pod, ...how);
}

const CRASH = ["--grace-period=0", "--force"];

test("Adapters scaled 1 → 3 → 1, rolled and killed under load lose nothing that was acknowledged, and no patient's order", async () => {
  const load = new Load(() => EHR_PORT, CONNECTIONS, PREFIX, await nodeAddress());
  const steps: [string, () => Promise<unknown>][] = [
    ["scale billing to 3", () => scale("billing", 3)],
    ["scale ehr to 3", () => scale("ehr", 3)],
    ["kill a pod of billing", () => kill("billing", ...CRASH)],
    ["kill a pod of ehr", () => kill("ehr", ...CRASH)],
    ["delete a pod of eligibility", () => kill("eligibility", "--wait=false")],
    ["roll billing", () => kubectl("rollout", undefined, "restart", "deployment/fascia-billing")],
    ["scale ehr to 1", () => scale("ehr", 1)],
    ["scale billing to 1", () => scale("billing", 1)],
  ];
  for (const [title, work] of steps) {
    const before = load.accepted.length;
    await eventually(() => expect(load.accepted.length).toBeGreaterThan(before + BETWEEN), 60_000);
    await step(`${title}, ${before} accepted`, work);
  }
  await load.stop();
  await step("everything has arrived", () => untilAllArrived(load.accepted));
  await untilReady("adapters", "--all");
  const { admissions, results } = await billedLabels();
  say(`${load.accepted.length} accepted, ${admissions.length} admissions and ${results.length} results at billing`);
  expect({
    repeatedAdmissions: repeated(admissions),
    repeatedResults: repeated(results),
    outOfOrder: outOfOrder(load.accepted, admissions),
  }).toEqual({ repeatedAdmissions: [], repeatedResults: [], outOfOrder: [] });
});

/** Labels of what billing got of the load, in the order in which it got it. */
async function billedLabels(): Promise<{ admissions: string[]; results: string[] }> {
  const seen = (await billed()).map(seenOf).filter(({ label }) => label.includes(PREFIX));
  const of = (kind: string) => seen.filter((each) => each.kind === kind).map(({ label }) => label);
  return { admissions: of("admission"), results: of("eligibility") };
}

/** At its target, or in quarantine because nobody knows whether it got there: billing does not recognise repeats. */
async function untilAllArrived(accepted: Sent[]): Promise<void> {
  const checked = accepted.filter(({ event }) => event === "A01" || event === "A08").map(({ visit }) => visit);
  await eventually(async () => {
    const questions = new Set((await asked()).map(({ request }) => request["visit"]));
    expect(checked.filter((visit) => !questions.has(visit))).toEqual([]);
    const { admissions, results } = await billedLabels();
    const [admitted, answered] = [new Set(admissions), new Set(results)];
    const missing = [
      ...accepted.map(labelOf).filter((label) => !admitted.has(label)),
      ...checked.filter((visit) => !answered.has(visit)),
    ];
    const ambiguous = (await quarantined()).filter(({ where }) => where === "default/billing");
    expect(ambiguous.every(({ outcome }) => outcome === "Ambiguous")).toBe(true);
    expect(missing.length).toBeLessThanOrEqual(ambiguous.length);
    // Each kill leaves at most what one connection has under way.
    expect(ambiguous.length).toBeLessThanOrEqual(2);
  }, 120_000);
}
