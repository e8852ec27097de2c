import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import packageJson from "../../../package.json" with { type: "json" };
import { rawSubject } from "../../../src/compile/names.ts";
import { type Hub, closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import { listStreams } from "../../../src/jetstream/store.ts";
import { STREAM_CREATED } from "../../../src/jetstream/streams.ts";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { EARLIER_CHART, EARLIER_VALUES, earlierState, earlierStreams } from "../../charts/earlier.ts";
import { eventually } from "../../builders/eventually.ts";
import { CHART, Helm } from "../helm.ts";
import { CONFIG_MAPS, type ConfigMap } from "../manager/rig.ts";
import { applyAll, typeOf } from "../served.ts";
import { conditionOf } from "./inprocess.ts";
import { runPods } from "./pods.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "./rig.ts";

/** A cluster as the release before left it, with a hospital that runs, and the present chart and operator upon it. */

const CRDS: ResourceType = {
  group: "apiextensions.k8s.io",
  version: "v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  scope: "Cluster",
};

const { resources, made } = await earlierState();
let rig: OperatorRig;
let hub: Hub;
let helm: Helm;
let noMorePods: () => Promise<void>;

beforeAll(async () => {
  rig = await startOperatorRig({ sync: "always" }, { crds: false });
  helm = await Helm.of(rig.api.controlPlane);
  // Nobody reaches a webhook here.
  const sets = [...EARLIER_VALUES, "webhook.enabled=false"].flatMap((value) => ["--set", value]);
  await helm.run("install", "fascia", EARLIER_CHART, "--namespace", "default", ...sets);
  hub = await connectHub({ url: rig.nats.url }, "test");
  await restoreHub();
  noMorePods = await runPods(rig.api);
  // Kinds are served a moment after their CRDs are taken.
  await eventually(() => applyAll(rig.api.client, resources));
  for (const object of made) await rig.api.client.apply(typeOfMade(object), await withOwner(object));
}, 120_000);

afterAll(async () => {
  await noMorePods?.();
  await closeHub(hub);
  await rig?.stop();
  await helm?.close();
});

const typeOfMade = ({ kind }: KubeObject): ResourceType => WORKLOAD_TYPES[kind as keyof typeof WORKLOAD_TYPES];

/** Belonging to its Adapter, which has another uid in each cluster. */
async function withOwner(object: KubeObject): Promise<KubeObject> {
  const [owner] = object.metadata.ownerReferences ?? [];
  if (owner === undefined) throw new Error(`${object.metadata.name} belongs to nobody`);
  const { metadata } = await rig.api.client.get(ADAPTERS, { namespace: "default", name: owner.name });
  return { ...object, metadata: { ...object.metadata, ownerReferences: [{ ...owner, uid: metadata.uid ?? "" }] } };
}

/** Streams and consumers of the release before, and a message that nobody has taken yet. */
async function restoreHub(): Promise<void> {
  for (const { config, consumers } of await earlierStreams()) {
    const { created } = await hub.jsm.streams.add(config);
    for (const consumer of consumers) {
      const metadata = { ...consumer.metadata, [STREAM_CREATED]: created };
      await hub.jsm.consumers.add(config.name, { ...consumer, metadata });
    }
  }
  await publish(hub, rawSubject({ namespace: "default", name: "ehr" }), "waits", { patienceMs: 5000 });
}

/** Which streams and consumers these are, by when each was made. */
async function inHub(): Promise<string[]> {
  const found: string[] = [];
  for (const [name, { created, state }] of await listStreams(hub)) {
    // What the operator writes by itself comes and goes.
    found.push(`${name} ${created} ${name.startsWith("KV_") ? "" : state.messages}`);
    for await (const consumer of hub.jsm.consumers.list(name))
      if (consumer.config.durable_name !== undefined) found.push(`${name}/${consumer.name} ${consumer.created}`);
  }
  return found;
}

/** By the configuration that the release has now, but for where it is asked how it is, and by which address it reaches NATS. */
async function startOperator(): Promise<OperatorProcess> {
  const { data } = await rig.api.client.get<ConfigMap>(CONFIG_MAPS, { namespace: "default", name: "fascia" });
  const { telemetry: _, ...config } = parse(data?.["operator.yaml"] ?? "") as {
    telemetry: object;
    nats: { url: string };
    adapters: object;
  };
  const nats = { ...config.nats, url: rig.nats.url, monitoringUrl: rig.nats.monitoring };
  return rig.startOperator({ ...config, nats, adapters: { ...config.adapters, natsUrl: config.nats.url } });
}

/** It has done for each Adapter whatever it finds to do. */
const lookedAtEveryAdapter = (operator: OperatorProcess): Promise<void> =>
  eventually(async () => {
    const text = await operator.metrics();
    const sum = (name: string) =>
      [...text.matchAll(new RegExp(`^${name}\\{[^}]*controller="adapter"[^}]*\\} (\\d+)$`, "gm"))]
        .map(([, value]) => Number(value))
        .reduce((a, b) => a + b, 0);
    const adapters = resources.filter(({ kind }) => kind === "Adapter");
    expect(sum("controller_runtime_reconcile_total")).toBeGreaterThanOrEqual(adapters.length);
    expect([sum("workqueue_depth"), sum("controller_runtime_active_workers")]).toEqual([0, 0]);
    for (const resource of resources)
      expect([resource.metadata.name, await conditionOf(rig.api.client, resource, "Ready")]).toEqual([
        resource.metadata.name,
        expect.stringMatching(/^True /),
      ]);
  });

/** Which objects these are; pods are replaced when the template of theirs changes, and only then. */
async function identities(): Promise<object[]> {
  const { client } = rig.api;
  const all = [
    ...resources.map((each) => [typeOf(each), each] as const),
    ...made.map((each) => [typeOfMade(each), each] as const),
  ];
  const found = await Promise.all(all.map(([type, { metadata }]) => client.get<Templated>(type, metadata)));
  return found.map(({ kind, metadata: { name, uid }, spec }) => ({ kind, name, uid, template: spec?.template }));
}

interface Templated extends KubeObject {
  spec?: { template?: object };
}

const versionsOfCrds = async (): Promise<Set<string | undefined>> => {
  const { items } = await rig.api.client.list<KubeObject>(CRDS, {});
  return new Set(items.map(({ metadata }) => metadata.labels?.["helm.sh/chart"]));
};

test("An upgrade from the release before keeps every resource and message, restarts no adapter, and is at work", async () => {
  const before = await identities();
  const streams = await inHub();
  expect(await versionsOfCrds()).toEqual(new Set(["fascia-0.1.0"]));

  await helm.run("upgrade", "fascia", CHART, "--namespace", "default", "--reset-then-reuse-values");
  expect(await versionsOfCrds()).toEqual(new Set([`fascia-${packageJson.version}`]));
  await lookedAtEveryAdapter(await startOperator());
  expect(await identities()).toEqual(before);
  expect(await inHub()).toEqual(expect.arrayContaining(streams));

  await rig.api.client.merge(ADAPTERS, { namespace: "default", name: "audit" }, { spec: { replicas: 0 } });
  await eventually(async () => {
    const deployment = { namespace: "default", name: "fascia-audit" };
    expect(await rig.api.client.get(WORKLOAD_TYPES.Deployment, deployment)).toMatchObject({ spec: { replicas: 0 } });
  });
});
