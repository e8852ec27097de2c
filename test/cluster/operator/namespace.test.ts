import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import { streamNames } from "../../../src/jetstream/streams.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import { isNotFound } from "../../../src/operator/kube/failure.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { seeded } from "../../builders/random.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../builders/resources.ts";
import { NAMESPACES, newNamespace } from "../manager/rig.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";
import { runPods } from "./pods.ts";

/** A namespace that is deleted with everything in it. The test does what Kubernetes' namespace controller does. */

let api: Api;
let nats: TestNats;

beforeAll(async () => {
  api = await startApi();
  await api.client.apply(CONTRACT_VERSIONS, aContractVersion() as KubeObject);
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  nats = await startNats();
  onTestFinished(() => nats.stop());
  onTestFinished(startOperator(api.client, nats.url));
});

/** Adapters with a message that waits, and their pods. */
async function inhabited(name: string): Promise<string> {
  const namespace = await newNamespace(api.client, name);
  const [ehr, lab] = [aSource("ehr", 2575, {}, namespace), aTarget("lab", {}, namespace)] as KubeObject[];
  for (const adapter of [ehr, lab]) await api.client.apply(ADAPTERS, adapter as KubeObject);
  await api.client.apply(INTEGRATIONS, anIntegration("admissions", {}, namespace) as KubeObject);
  onTestFinished(await runPods(api));
  for (const adapter of [ehr, lab] as KubeObject[])
    await eventually(async () => expect(await conditionOf(api.client, adapter, "Ready")).toBe("True Running"));
  const hub = await connectHub({ url: nats.url }, "test");
  await publish(hub, `raw.${namespace}.ehr`, "{}", { patienceMs: 5000 });
  await closeHub(hub);
  return namespace;
}

const TYPES: ResourceType[] = [ADAPTERS, INTEGRATIONS, ...Object.values(WORKLOAD_TYPES)];

async function contents(namespace: string): Promise<string[]> {
  const lists = await Promise.all(
    TYPES.map(async (type) => {
      const { items } = await api.client.list(type, { namespace });
      return items.map(({ metadata }) => `${type.kind} ${metadata.name}`);
    }),
  );
  return lists.flat();
}

/** Deletes what is in it in an order of its own, until there is nothing, then lets it go. */
async function deleteNamespace(namespace: string, random: () => number): Promise<void> {
  await api.client.delete(NAMESPACES, { name: namespace });
  await eventually(async () => {
    for (const type of TYPES.toSorted(() => random() - 0.5)) {
      const { items } = await api.client.list(type, { namespace });
      for (const { metadata } of items)
        if (metadata.deletionTimestamp === undefined) await api.client.delete(type, metadata);
    }
    expect(await contents(namespace)).toEqual([]);
  }, 15_000);
  const body = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace }, spec: { finalizers: [] } };
  await api.controlPlane.client("admin").request("PUT", `/api/v1/namespaces/${namespace}/finalize`, { body });
  await eventually(() => api.client.get(NAMESPACES, { name: namespace }).then(() => false, isNotFound));
}

test.each([1, 2, 3])("goes, and in the hub all but streams that hold messages (seed %i)", async (seed) => {
  const namespace = await inhabited(`hospital-${seed}`);
  await deleteNamespace(namespace, seeded(seed));
  const hub = await connectHub({ url: nats.url }, "test");
  onTestFinished(() => closeHub(hub));
  await eventually(async () =>
    expect((await streamNames(hub, "")).filter((name) => name.includes(namespace))).toEqual([`RAW_${namespace}_ehr`]),
  );
  expect((await hub.jsm.streams.info(`RAW_${namespace}_ehr`)).state).toMatchObject({ messages: 1, consumer_count: 0 });
});

test("goes with the hub gone as well", async () => {
  const namespace = await inhabited("hospital-without");
  await nats.kill();
  await deleteNamespace(namespace, seeded(4));
  expect(await contents(namespace)).toEqual([]);
  await nats.restart();
});
