import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { type Hub, closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { listStreams } from "../../../src/jetstream/store.ts";
import { SECRETS_ANNOTATION } from "../../../src/operator/adapter/found.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { workloads } from "./garbage.ts";
import type { OperatorRig } from "./rig.ts";

/** Everything that follows from the resources, without what depends on when and in which order they came, by name. */
export type EndState = Record<string, unknown>;

export async function endState({ api, nats }: OperatorRig): Promise<EndState> {
  const found = { ...(await resourcesIn(api.client)), ...(await objectsIn(api.client)), ...(await hubOf(nats.url)) };
  return Object.fromEntries(Object.entries(found).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

async function resourcesIn(client: KubeClient): Promise<EndState> {
  const state: EndState = {};
  for (const type of [CONTRACT_VERSIONS, ADAPTERS, INTEGRATIONS]) {
    const { items } = await client.list<ServedObject & { spec: object }>(type, {});
    for (const { metadata, spec, status } of items) {
      const conditions = (status?.conditions ?? []).map((condition) => ({
        ...condition,
        lastTransitionTime: undefined,
        observedGeneration: condition.observedGeneration === metadata.generation,
      }));
      const { finalizers, deletionTimestamp } = metadata;
      const revision = status?.["revision"];
      state[`${type.kind} ${metadata.name}`] = { spec, finalizers, deletionTimestamp, revision, conditions };
    }
  }
  return state;
}

async function objectsIn(client: KubeClient): Promise<EndState> {
  const adapters = await client.list(ADAPTERS, {});
  const nameOf = (uid: string) => adapters.items.find(({ metadata }) => metadata.uid === uid)?.metadata.name ?? "gone";
  const state: EndState = {};
  for (const [key, object] of await workloads(client)) {
    const { metadata, status: _, ...content } = object as KubeObject & { spec?: object; status?: object };
    const { labels, annotations, ownerReferences = [] } = metadata;
    // Of what holds the owner's uid, as Secrets do: another one with each owner.
    const hash = annotations?.[SECRETS_ANNOTATION] === undefined ? {} : { [SECRETS_ANNOTATION]: "there" };
    // Given out by the API server, each time another one.
    const given = { clusterIP: undefined, clusterIPs: undefined };
    const spec = "spec" in content && { spec: { ...content.spec, ...given } };
    const owners = ownerReferences.map(({ uid }) => nameOf(uid));
    state[key] = { ...content, ...spec, labels, annotations: { ...annotations, ...hash }, owners };
  }
  return state;
}

async function hubOf(url: string): Promise<EndState> {
  const hub = await connectHub({ url }, "test");
  try {
    return await hubState(hub);
  } finally {
    await closeHub(hub);
  }
}

async function hubState(hub: Hub): Promise<EndState> {
  const state: EndState = {};
  for (const [name, { config }] of await listStreams(hub)) {
    if (name.startsWith("KV_")) continue;
    state[`stream ${name}`] = config;
    for await (const consumer of hub.jsm.consumers.list(name)) {
      // Where it begins follows from when it was made, and so does the mark of the stream that it was made for.
      const begins = { deliver_policy: undefined, opt_start_seq: undefined, metadata: undefined };
      state[`consumer ${name}/${consumer.name}`] = { ...consumer.config, ...begins };
    }
  }
  for (const name of await configured(hub))
    state[`configuration ${name}`] = await new ConfigReader(hub, { namespace: "default", name }).read();
  return state;
}

/** Names of the Adapters that have a configuration. */
async function configured(hub: Hub): Promise<string[]> {
  const { state } = await hub.jsm.streams.info("KV_fascia_config", {
    subjects_filter: "$KV.fascia_config.*.*.current",
  });
  const names = Object.keys(state.subjects ?? {}).map((subject) => subject.split(".")[3] ?? "");
  const present = await Promise.all(
    names.map((name) => new ConfigReader(hub, { namespace: "default", name }).read().then((read) => read !== "None")),
  );
  return names.filter((_name, i) => present[i]);
}
