import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { waitsNoLonger } from "../../cluster/operator/kstatus.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "../../cluster/operator/rig.ts";
import { applyAll, typeOf } from "../../cluster/served.ts";

const { resources } = await loadManifests("config/samples/clinic");
const SAMPLES = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];
const ROUTE = resources.integrations[0] as KubeObject & { spec: object };

/** The Lease's own time, the time between two looks of who waits, and some for a busy machine. */
const LEASE_MS = 15_000 + 2_400 + 5_000;
/** Two looks of who waits. */
const SECONDS_MS = 5_000;

let rig: OperatorRig;
let running: OperatorProcess[] = [];

beforeAll(async () => {
  rig = await startOperatorRig();
  await applyAll(rig.api.client, SAMPLES);
}, 120_000);
afterEach(async () => {
  for (const operator of running.splice(0)) await operator.stop();
});
afterAll(() => rig?.stop());

/** One that leads, and one that waits with its caches filled. */
async function leaderAndSuccessor(): Promise<[OperatorProcess, OperatorProcess]> {
  const leader = await rig.startOperator();
  running.push(leader);
  await eventually(() => leader.isLeading());
  const successor = await rig.startOperator();
  running.push(successor);
  await eventually(() => successor.isReady());
  return [leader, successor];
}

let edits = 0;

/** Milliseconds until an edit that is made now is in effect. */
async function timeOfAnEdit(): Promise<number> {
  const began = performance.now();
  const edited = { ...ROUTE, spec: { ...ROUTE.spec, owner: `team ${edits++}` } } as KubeObject;
  const { metadata } = await rig.api.client.apply(typeOf(edited), edited);
  await eventually(async () => {
    const object = await rig.api.client.get<ServedObject>(typeOf(edited), edited.metadata);
    return object.metadata.generation === metadata.generation && waitsNoLonger(object);
  }, 60_000);
  return performance.now() - began;
}

test("of two operators one leads, as long as it renews", async () => {
  const [leader, successor] = await leaderAndSuccessor();
  const seen = new Set<string>();
  const until = performance.now() + LEASE_MS;
  await eventually(async () => {
    seen.add(JSON.stringify([await leader.isLeading(), await successor.isLeading()]));
    return performance.now() > until;
  }, 2 * LEASE_MS);
  expect([...seen]).toEqual(["[true,false]"]);
});

test("one that is asked to end hands over within seconds", async () => {
  const [leader, successor] = await leaderAndSuccessor();
  const ended = leader.stop();
  const took = await timeOfAnEdit();
  await ended;
  expect(await successor.isLeading()).toBe(true);
  expect(took).toBeLessThan(SECONDS_MS);
});

test("one that is killed is succeeded within the time of its Lease", async () => {
  const [leader, successor] = await leaderAndSuccessor();
  await leader.kill();
  const took = await timeOfAnEdit();
  expect(await successor.isLeading()).toBe(true);
  expect(took).toBeLessThan(LEASE_MS);
});
