import { isDeepStrictEqual } from "node:util";
import { withoutWorkload } from "../../../src/api/adapter-workload.ts";
import type { Adapter } from "../../../src/api/adapter.ts";
import type { Integration } from "../../../src/api/integration.ts";
import type { AdapterConfig } from "../../../src/compile/config.ts";
import { deliveryConsumer, hubStream } from "../../../src/compile/names.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { type Hub, closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { WorldReader } from "../../../src/operator/admission/world.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { workloadNames } from "../../../src/operator/workload/names.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { type ServedDeployment, allRun } from "./pods.ts";
import type { OperatorRig } from "./rig.ts";

/**
 * What is still to be done for `object` as it is in this version, by what the API server and the hub themselves hold:
 * nothing here reads a status of ours.
 */
export async function undone(object: KubeObject, { api, nats }: OperatorRig): Promise<string[]> {
  const reader = new WorldReader();
  const none = { contractVersions: [], adapters: [], integrations: [] };
  if (object.kind === "Adapter") {
    const [adapter] = reader.world({ ...none, adapters: [object] }).adapters;
    return adapter ? [...(await adapterLacks(adapter, nats.url)), ...(await podsLack(adapter, api.client))] : ["read"];
  }
  const [integration] = reader.world({ ...none, integrations: [object] }).integrations;
  return integration ? routesLack(integration, nats.url) : [];
}

async function adapterLacks({ metadata, spec }: Adapter, url: string): Promise<string[]> {
  const config = await configOf(metadata.name, url);
  if (config === undefined) return ["no configuration"];
  const emitted = (spec.emits ?? []).every(({ contract }) => config.emits.some((emit) => emit.contract === contract));
  return [
    ...(isDeepStrictEqual(plain(config.spec), plain(withoutWorkload(spec))) ? [] : ["another configuration"]),
    ...(emitted ? [] : ["a contract that it emits"]),
  ];
}

async function podsLack({ metadata, spec }: Adapter, client: OperatorRig["api"]["client"]): Promise<string[]> {
  const name = { namespace: "default", name: workloadNames(metadata.name).base };
  const deployment = await client.get<ServedDeployment>(WORKLOAD_TYPES.Deployment, name).catch(() => undefined);
  if (deployment === undefined) return ["no Deployment"];
  const wanted = deployment.spec.replicas === spec.replicas ? [] : ["replicas"];
  return allRun(deployment) ? wanted : [...wanted, "pods that run"];
}

async function routesLack({ metadata, spec }: Integration, url: string): Promise<string[]> {
  const lacking = (spec.event?.to ?? []).map(async ({ adapter, reply }) => {
    const config = await configOf(adapter, url);
    const route = config?.routes.find(({ integration }) => integration === metadata.name);
    if (config === undefined || route === undefined) return [`no route in ${adapter}`];
    if (route.filter !== spec.event?.filter) return [`another filter in ${adapter}`];
    if (route.reply?.contract !== reply?.contract) return [`another reply in ${adapter}`];
    return (await isSubscribed(config, url)) ? [] : [`no consumer of ${adapter}`];
  });
  return (await Promise.all(lacking)).flat();
}

/** Whether the hub has a consumer for the adapter in each domain. */
function isSubscribed(config: AdapterConfig, url: string): Promise<boolean> {
  const consumer = deliveryConsumer(config, 0);
  return withHub(url, async ({ jsm }) => {
    const lookups = config.domains.map((domain) => jsm.consumers.info(hubStream(domain), consumer));
    return Promise.all(lookups).then(
      () => true,
      () => false,
    );
  });
}

async function configOf(name: string, url: string): Promise<AdapterConfig | undefined> {
  const found = await withHub(url, (hub) => new ConfigReader(hub, { namespace: "default", name }).read());
  return typeof found === "string" ? undefined : found;
}

async function withHub<T>(url: string, work: (hub: Hub) => Promise<T>): Promise<T> {
  const hub = await connectHub({ url }, "test");
  try {
    return await work(hub);
  } finally {
    await closeHub(hub);
  }
}

/** As it comes through the hub. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));
