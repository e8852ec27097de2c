import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import { streamNames } from "../../../src/jetstream/streams.ts";
import { ADAPTERS, CONTRACT_VERSIONS } from "../../../src/operator/kinds.ts";
import { isNotFound } from "../../../src/operator/kube/failure.ts";
import { DRAIN } from "../../../src/operator/kube/finalizers.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { take } from "../../builders/pull.ts";
import { aContractVersion, aSource } from "../../builders/resources.ts";
import { consumerPlan } from "../../builders/topology.ts";
import { removeAll } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";
import { runPods } from "./pods.ts";

/** Adapters that are deleted: what waits is delivered in time, and nothing keeps them from going. */

const VISIT = aContractVersion() as KubeObject;
const ehr = aSource("ehr", 2575, {}, "default") as KubeObject;
const discarded = aSource("ehr", 2575, { deletionPolicy: "Discard" }, "default") as KubeObject;
const RAW = "RAW_default_ehr";
const NORMALISE = consumerPlan(RAW, "normalise");

let api: Api;
let hub: TestHub;
let stop: () => Promise<void>;
let late: number;
const clock = { ...systemClock, now: () => Date.now() + late };

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  late = 0;
  hub = await startHub();
  stop = startOperator(api.client, hub.nats.url, { clock });
});
afterEach(async () => {
  await stop();
  await removeAll(api.client, [ehr, VISIT]);
  const { items } = await api.client.list(WORKLOAD_TYPES.Deployment, { namespace: "default" });
  for (const { metadata } of items) await api.client.delete(WORKLOAD_TYPES.Deployment, metadata);
  await hub.stop();
});

const get = () => api.client.get<ServedObject>(ADAPTERS, ehr.metadata);
const remove = () => api.client.delete(ADAPTERS, ehr.metadata);
const isGone = () => get().then(() => false, isNotFound);
const gone = (withinMs?: number) => eventually(isGone, withinMs);
const ready = async () => (await get()).status?.conditions?.find(({ type }) => type === "Ready");
const streams = async () => (await streamNames(hub, "")).filter((name) => !name.startsWith("KV_"));
const arrives = () => publish(hub, "raw.default.ehr", "{}", { patienceMs: 5000 });
const draining = (text: string) =>
  eventually(async () =>
    expect(await ready()).toMatchObject({ reason: "Draining", message: expect.stringContaining(text) }),
  );

/** An Adapter whose pods run. */
async function running(adapter = ehr): Promise<void> {
  await api.client.apply(CONTRACT_VERSIONS, VISIT);
  await api.client.apply(ADAPTERS, adapter);
  onTestFinished(await runPods(api));
  await eventually(async () => expect(await conditionOf(api.client, ehr, "Ready")).toBe("True Running"));
}

describe("An Adapter that is deleted", () => {
  test("is held by a finalizer of the operator's, its spec untouched", async () => {
    await api.client.apply(CONTRACT_VERSIONS, VISIT);
    const { metadata, spec } = await api.client.apply<KubeObject & { spec?: object }>(ADAPTERS, ehr);
    await eventually(async () => expect((await get()).metadata.finalizers).toEqual([DRAIN]));
    const now = (await get()) as KubeObject & { spec?: object };
    expect(now.spec).toEqual(spec);
    expect(now.metadata.generation).toBe(metadata.generation);
  });

  test("goes when nothing waits, and its empty streams with it", async () => {
    await running();
    expect(await streams()).toContain(RAW);
    await remove();
    await gone();
    await eventually(async () => expect(await streams()).not.toContain(RAW));
  });

  test("stays while something waits, says how much, and goes when it is delivered; its originals stay", async () => {
    await running();
    await arrives();
    await arrives();
    await remove();
    await draining("2 messages are delivered");
    await take(hub, NORMALISE, 2);
    await gone();
    await eventually(async () => expect((await hub.jsm.streams.info(RAW)).state.consumer_count).toBe(0));
    expect((await hub.jsm.streams.info(RAW)).state.messages).toBe(2);
  });

  test("goes when its time is over; a successor of its name goes on where it was", async () => {
    await running();
    await arrives();
    await arrives();
    await take(hub, NORMALISE, 1);
    await remove();
    await draining("1 message is delivered");
    late = 59_000;
    await draining("1 message is delivered");
    late = 61_000;
    await gone();
    await eventually(async () => expect((await hub.jsm.streams.info(RAW)).state.consumer_count).toBe(0));
    late = 0;
    await api.client.apply(ADAPTERS, ehr);
    await eventually(async () => expect((await hub.jsm.streams.info(RAW)).state.consumer_count).toBe(1));
    expect((await take(hub, NORMALISE, 1)).map(({ sequence }) => sequence)).toEqual([2]);
  });

  test("is not waited for once its pods are gone, and no pods are made for it", async () => {
    await running();
    await arrives();
    await remove();
    await draining("1 message is delivered");
    await api.client.delete(WORKLOAD_TYPES.Deployment, { namespace: "default", name: "fascia-ehr" });
    await gone(5000);
    expect((await api.client.list(WORKLOAD_TYPES.Deployment, { namespace: "default" })).items).toEqual([]);
    expect(await streams()).toContain(RAW);
  });

  test("goes at once with all that waits where that is to be discarded", async () => {
    await running(discarded);
    await arrives();
    await publish(hub, "quarantine.default.ehr.deliver", "{}", { patienceMs: 5000 });
    await remove();
    await gone(5000);
    await eventually(async () => expect(await streams()).toEqual(["HUB_care", "LINEAGE_AUDIT"]));
  });

  test("goes when its time is over though the hub is away; what it leaves is taken away when that is back", async () => {
    await running();
    await hub.nats.kill();
    await remove();
    await eventually(async () => expect((await ready())?.reason).toBe("Draining"));
    late = 61_000;
    await gone();
    await hub.nats.restart();
    await eventually(async () => expect(await streams()).not.toContain(RAW), 45_000);
  });

  test("waits for an operator, and goes when one comes", async () => {
    await running();
    await stop();
    await remove();
    expect(await isGone()).toBe(false);
    stop = startOperator(api.client, hub.nats.url, { clock });
    await gone();
    await eventually(async () => expect(await streams()).not.toContain(RAW));
  });

  test("leaves nothing behind when somebody takes the finalizer off while no operator runs", async () => {
    await running();
    await stop();
    await removeAll(api.client, [ehr]);
    expect(await isGone()).toBe(true);
    stop = startOperator(api.client, hub.nats.url, { clock });
    await eventually(async () => expect(await streams()).not.toContain(RAW));
  });
});
