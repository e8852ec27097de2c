import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { loadKeys } from "../../../src/standalone/keys.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { admission } from "../../builders/admission.ts";
import { EhrConnection } from "../../builders/ehr.ts";
import { eventually } from "../../builders/eventually.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, jsonLines, spawnFascia } from "../../builders/process.ts";
import { workloads } from "../../cluster/operator/garbage.ts";
import { waitsNoLonger } from "../../cluster/operator/kstatus.ts";
import { runPods } from "../../cluster/operator/pods.ts";
import { type OperatorRig, startOperatorRig } from "../../cluster/operator/rig.ts";
import { applyAll, typeOf } from "../../cluster/served.ts";
import { Supervised } from "./supervised.ts";

/** What the operator stands on is away for a while: the hub, or the API server. */

/** Longer than a leader leads without having renewed: the operator's process ends, and begins anew. */
const AWAY_MS = 20_000;
const PATIENCE_MS = 120_000;

let rig: OperatorRig;
let operator: Supervised;
let stopPods: () => Promise<void>;
let adapters: FasciaProcess[];
let samples: KubeObject[];
let port: number;
let feed: string;
/** Admissions that were announced. */
let delivered: number;

beforeEach(async () => {
  rig = await startOperatorRig({ sync: "always" });
  stopPods = await runPods(rig.api);
  operator = new Supervised(rig);
  [adapters, delivered] = [[], 0];
  port = await freePort();
  feed = join(rig.dir, "audit.ndjson");
  samples = await hospital();
  await applyAll(rig.api.client, samples);
  await allReady();
}, PATIENCE_MS);
afterEach(async () => {
  for (const adapter of adapters) await adapter.stop();
  await stopPods();
  await operator.stop();
  await rig.stop();
});

/** The EHR listens on a port of the test's own, and the auditors' feed is a file of its own. */
async function hospital(): Promise<KubeObject[]> {
  const { resources } = await loadManifests("config/samples/hospital");
  const all = [...resources.contractVersions, ...resources.adapters, ...resources.integrations];
  const text = JSON.stringify(all).replace(".fascia/audit.ndjson", feed).replace('"port":2575', `"port":${port}`);
  return JSON.parse(text) as KubeObject[];
}

const get = (sample: KubeObject): Promise<ServedObject> => rig.api.client.get(typeOf(sample), sample.metadata);

async function allReady(): Promise<void> {
  for (const sample of samples)
    await eventually(async () => waitsNoLonger(await get(sample).catch(() => sample)), PATIENCE_MS);
}

async function edit(name: string, more: object): Promise<KubeObject> {
  const found = samples.find(({ kind, metadata }) => kind === "Adapter" && metadata.name === name);
  const edited = { ...found, spec: { ...(found as { spec?: object }).spec, ...more } } as KubeObject;
  await rig.api.client.apply(typeOf(edited), edited);
  return edited;
}

/** The uids of everything that was made: who has another one was deleted meanwhile. */
const made = async (): Promise<[string, string | undefined][]> =>
  [...(await workloads(rig.api.client))].map(([name, { metadata }]) => [name, metadata.uid]);

test("a hub that is away for a while is said, nothing is deleted, and all goes on by itself", async () => {
  const before = await made();
  await rig.nats.kill();
  const edited = await edit("ehr", { owner: "somebody else <else@hospital.example>" });
  await eventually(async () => {
    const { status } = await get(edited);
    const reasons = status?.conditions?.map(({ type, reason }) => `${type} ${reason}`);
    expect(reasons).toContain("Ready HubUnavailable");
  });
  await pause(AWAY_MS);
  expect(await made()).toEqual(before);
  const kept = operator.began;
  await rig.nats.restart();
  await allReady();
  expect(waitsNoLonger(await get(edited))).toBe(true);
  expect(await made()).toEqual(before);
  expect(operator.began).toBe(kept);
});

test("while the API server is away adapters go on delivering; the operator is back with it", async () => {
  const before = await made();
  await startAdapter("ehr");
  await startAdapter("audit");
  await deliver("a", 5);
  await rig.api.controlPlane.killApiServer();
  await deliver("b", 20);
  await pause(AWAY_MS);
  await deliver("c", 20);
  await rig.api.controlPlane.startApiServer();
  const edited = await edit("patient-app", { replicas: 2 });
  await eventually(async () => waitsNoLonger(await get(edited)), PATIENCE_MS);
  await allReady();
  const budget = (await made()).filter(([name]) => !before.some(([known]) => known === name)).map(([name]) => name);
  expect(budget).toEqual(["PodDisruptionBudget fascia-patient-app"]);
  expect((await made()).filter(([name]) => !budget.includes(name))).toEqual(before);
});

/** As its pod does. */
async function startAdapter(name: string): Promise<void> {
  const keys = join(rig.dir, "keys");
  await loadKeys(keys);
  const options = ["--nats", rig.nats.url, "--keys", join(keys, "keys.json"), "--secrets", rig.dir, "--json"];
  const adapter = spawnFascia(["adapter", name, ...options]);
  adapters.push(adapter);
  await adapter.ready;
}

/** Admissions that the EHR announces and the auditors read, all of them. */
async function deliver(prefix: string, count: number): Promise<void> {
  const ehr = new EhrConnection(port);
  for (let n = 0; n < count; n++) {
    await ehr.deliver(admission({ controlId: `${prefix}${n}`, patient: `P${n}`, visit: `V${prefix}${n}` }));
  }
  ehr.close();
  delivered += count;
  await eventually(async () => expect(jsonLines(await readFile(feed, "utf8"))).toHaveLength(delivered));
}
