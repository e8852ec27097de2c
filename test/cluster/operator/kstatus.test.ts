import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { seeded } from "../../builders/random.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { collectGarbage, workloads } from "./garbage.ts";
import { kstatusOf, waitsNoLonger } from "./kstatus.ts";
import { type Lives, watchLives } from "./lives.ts";
import { runPods } from "./pods.ts";
import { type OperatorRig, startOperatorRig } from "./rig.ts";
import { undone } from "./undone.ts";

/**
 * Every version of every resource through its life, as whoever waits for it sees it. Whether something was still to be
 * done is not taken from what the operator says, but from what cluster and hub hold at that moment.
 */

const { resources } = await loadManifests("config/samples/hospital");
const SAMPLES = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];
/** Between what the operator makes and the pods that run: time in which nothing is ready. */
const PODS_TAKE_MS = 300;

let rig: OperatorRig;
let lives: Lives;
let stopPods: () => Promise<void>;
/** Versions that were ready while something was still to be done. */
let early: string[];

beforeAll(async () => {
  rig = await startOperatorRig({ sync: "always" });
  stopPods = await runPods(rig.api, PODS_TAKE_MS);
  await rig.startOperator();
}, 120_000);
afterAll(async () => {
  await stopPods?.();
  await rig?.stop();
});
beforeEach(async () => {
  early = [];
  lives = await watchLives(rig.api.client, async (object) => {
    if (!waitsNoLonger(object) || object.metadata.deletionTimestamp !== undefined) return;
    const missing = await undone(object, rig).catch((error: unknown) => [String(error)]);
    if (missing.length > 0) early.push(`${described(object)}: ${missing.join(", ")}`);
  });
});
afterEach(async () => {
  await clear();
  await lives.stop();
});

const described = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.name}, generation ${metadata.generation}, version ${metadata.resourceVersion}`;

const get = (sample: KubeObject): Promise<ServedObject> => rig.api.client.get(typeOf(sample), sample.metadata);

/** And judged: what follows must not be taken for what was lacking before. */
async function allReady(samples = SAMPLES): Promise<void> {
  for (const sample of samples) await eventually(async () => waitsNoLonger(await get(sample)));
  await lives.caughtUp();
}

/** Until nothing is left, neither of ours nor of what was made of it. */
async function clear(): Promise<void> {
  await removeAll(rig.api.client, SAMPLES);
  await eventually(async () => {
    await collectGarbage(rig.api.client);
    expect([...(await workloads(rig.api.client)).keys()]).toEqual([]);
  });
}

const sampleOf = (kind: string, name: string): KubeObject => {
  const found = SAMPLES.find((sample) => sample.kind === kind && sample.metadata.name === name);
  if (!found) throw new Error(`no sample ${kind} ${name}`);
  return found;
};

const withSpec = (sample: KubeObject, more: object): KubeObject =>
  ({ ...sample, spec: { ...(sample as KubeObject & { spec: object }).spec, ...more } }) as KubeObject;

/** What was ready too early, and what kstatus and `kubectl wait` do not agree on. Nothing, when nobody was misled. */
async function misled(): Promise<string[]> {
  await lives.caughtUp();
  const living = lives.versions.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const seen = kstatusOf(living);
  const unseen = (["InProgress", "Current"] as const).filter((status) => !seen.includes(status));
  const disagreed = living.filter((object, i) => waitsNoLonger(object) !== (seen[i] === "Current"));
  return [...early, ...unseen.map((status) => `none was ever ${status}`), ...disagreed.map(described)];
}

test("that nobody has looked at is never current", () => {
  const [sample] = SAMPLES as [ServedObject];
  const fresh = { ...sample, metadata: { ...sample.metadata, generation: 1 }, status: { observedGeneration: -1 } };
  expect(kstatusOf([fresh])).toEqual(["InProgress"]);
});

test.each([1, 2, 3])(
  "applied in any order, a resource is current when all that it says is done (seed %i)",
  async (seed) => {
    const random = seeded(seed);
    const order = SAMPLES.map((sample) => ({ sample, at: random() })).toSorted((a, b) => a.at - b.at);
    await applyAll(
      rig.api.client,
      order.map(({ sample }) => sample),
    );
    await allReady();
    expect(await misled()).toEqual([]);
  },
);

test("an edit makes it wait until the edit is in effect: in the hub, in the pods, in routes", async () => {
  await applyAll(rig.api.client, SAMPLES);
  await allReady();
  const edits = [
    withSpec(sampleOf("Adapter", "ehr"), { mllp: { source: { port: 2599 } } }),
    withSpec(sampleOf("Adapter", "billing"), { resources: { requests: { cpu: "100m", memory: "128Mi" } } }),
    withSpec(sampleOf("Adapter", "patient-app"), { replicas: 3 }),
  ];
  await applyAll(rig.api.client, edits);
  await allReady(edits);
  const check = sampleOf("Integration", "eligibility-check") as KubeObject & { spec: { event: object } };
  const narrowed = withSpec(check, { event: { ...check.spec.event, filter: "false" } });
  await applyAll(rig.api.client, [narrowed]);
  await allReady([narrowed]);
  expect(await misled()).toEqual([]);
});

test("many edits at once are each waited for", async () => {
  await applyAll(rig.api.client, SAMPLES);
  await allReady();
  for (const cpu of ["101m", "102m", "103m"]) {
    const edits = (resources.adapters as KubeObject[]).map((adapter) =>
      withSpec(adapter, { resources: { requests: { cpu, memory: "128Mi" } } }),
    );
    await Promise.all(edits.map((edit) => applyAll(rig.api.client, [edit])));
    await allReady(edits);
  }
  expect(await misled()).toEqual([]);
});

test("a reference that is missing is waited for, and so is one that comes late", async () => {
  const late = sampleOf("Adapter", "billing");
  const admissions = sampleOf("Integration", "admissions");
  await applyAll(
    rig.api.client,
    SAMPLES.filter((sample) => sample !== late),
  );
  await eventually(async () => {
    const refs = (await get(admissions)).status?.conditions?.find(({ type }) => type === "ResolvedRefs");
    expect(refs?.reason).toBe("AdapterMissing");
  });
  await applyAll(rig.api.client, [late]);
  await allReady();
  expect(await misled()).toEqual([]);
});

test("while the hub is away nothing becomes current, and afterwards only what was done", async () => {
  await applyAll(rig.api.client, SAMPLES);
  await allReady();
  await rig.nats.kill();
  const edits = [
    withSpec(sampleOf("Adapter", "ehr"), { owner: "somebody else <else@hospital.example>" }),
    withSpec(sampleOf("Integration", "admissions"), { owner: "somebody else <else@hospital.example>" }),
  ];
  await applyAll(rig.api.client, edits);
  await eventually(async () => {
    const programmed = (await get(edits[0] as KubeObject)).status?.conditions?.find(
      ({ type }) => type === "Programmed",
    );
    expect(programmed?.reason).toBe("HubUnavailable");
  });
  await rig.nats.restart();
  await allReady();
  expect(await misled()).toEqual([]);
});

test("what is being deleted is never current", async () => {
  await applyAll(rig.api.client, SAMPLES);
  await allReady();
  await clear();
  await lives.caughtUp();
  const leaving = lives.versions.filter(({ metadata }) => metadata.deletionTimestamp !== undefined);
  expect(kstatusOf(leaving).filter((status) => status !== "Terminating")).toEqual([]);
  expect(early).toEqual([]);
});
