import { adapterKind } from "../../api/adapter-kind.ts";
import type { Adapter } from "../../api/adapter.ts";
import { safeReason } from "../../base/errors.ts";
import { readResource } from "../admission/resource.ts";
import type { KubeClient } from "../kube/client.ts";
import { KubeError, isNotFound } from "../kube/failure.ts";
import { ADAPTERS } from "../kinds.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Controller, type ControllerDeps } from "../manager/controller.ts";
import { own, owned, specChanged } from "../manager/watches.ts";
import type { ProgramState } from "../program/state.ts";
import { adapterVerdicts } from "../status/adapter.ts";
import { type ServedDeployment, deploymentFacts } from "../status/deployment.ts";
import { type ServedObject, writeStatus } from "../report/write.ts";
import { selectorText, workloadNames } from "../workload/names.ts";
import type { ObjectRef, ServedAdapter } from "../workload/object.ts";
import type { WorkloadSettings } from "../workload/settings.ts";
import { WORKLOAD_TYPES } from "../workload/types.ts";
import { type Workload, keysSecretOf, workloadOf } from "../workload/workload.ts";

export type CachedDeployment = KubeObject & ServedDeployment;

export interface AdapterParts {
  client: KubeClient;
  adapters: Cache<ServedObject>;
  /** Deployments that were made for Adapters. */
  deployments: Cache<CachedDeployment>;
  state: ProgramState;
  settings: WorkloadSettings;
  /** The installation's keys, as pods read them. */
  keys: string;
}

/** Makes for each Adapter what runs it, and says how that goes. */
export function adapterController(parts: AdapterParts, deps: ControllerDeps): Controller {
  const { adapters, deployments, state } = parts;
  const watches = [own(adapters, { when: specChanged }), owned(deployments, ADAPTERS), state.watch(adapters)];
  const reconcile = async (key: string): Promise<object> => {
    const object = adapters.get(key);
    // What was made for it goes with it: it is its owner.
    if (!object || object.metadata.deletionTimestamp !== undefined || !state.isKnown) return {};
    await reconcileAdapter(object, parts, deps.clock.now());
    return {};
  };
  return new Controller({ name: "adapter", watches, reconcile }, deps);
}

async function reconcileAdapter(object: ServedObject, parts: AdapterParts, now: number): Promise<void> {
  const { client, deployments, state } = parts;
  const adapter = served(object);
  const workload = adapter && workloadOf(adapter, parts.settings);
  const invalid = [...state.invalid(object), ...(workload?.problems ?? [])];
  const refused = adapter && workload && invalid.length === 0 ? await applied(adapter, workload, parts) : undefined;
  const { name, namespace = "default" } = object.metadata;
  const deployment = deployments.get(keyOf({ namespace, name: workloadNames(name).base }));
  const verdicts = adapterVerdicts({
    invalid,
    missing: state.missing(object),
    hub: state.hubOf(object),
    durable: state.durable,
    refused,
    deployment: deployment && deploymentFacts(deployment),
  });
  const revision = state.revision(object);
  const more = {
    replicas: deployment?.status?.replicas ?? 0,
    readyReplicas: deployment?.status?.readyReplicas ?? 0,
    selector: selectorText(name),
    ...(revision !== undefined && { revision }),
  };
  await writeStatus(client, ADAPTERS, object, verdicts, more, now);
}

/** As a resource with its defaults; undefined where it can't be read, which its problems tell. */
function served(object: ServedObject): ServedAdapter | undefined {
  const { resource } = readResource(adapterKind, object);
  const { namespace = "default", uid = "" } = object.metadata;
  const adapter = resource as Adapter | undefined;
  return adapter && { ...adapter, metadata: { ...adapter.metadata, namespace, uid } };
}

/** Undefined when everything is as it should be, or why the API server refuses it. Rejects where trying again may help. */
async function applied(adapter: ServedAdapter, workload: Workload, parts: AdapterParts): Promise<string | undefined> {
  const { client, keys } = parts;
  try {
    for (const object of [keysSecretOf(adapter, keys), ...workload.objects])
      await client.apply(WORKLOAD_TYPES[object.kind], object);
    for (const ref of workload.absent) await removeOwn(adapter, ref, client);
    return undefined;
  } catch (error) {
    if (error instanceof KubeError && (error.status === 403 || error.status === 422)) return safeReason(error);
    throw error;
  }
}

/** Takes away what the Adapter does not want any more; what somebody else calls so is left alone. */
async function removeOwn(adapter: ServedAdapter, { kind, name }: ObjectRef, client: KubeClient): Promise<void> {
  const type = WORKLOAD_TYPES[kind];
  const where = { namespace: adapter.metadata.namespace, name };
  try {
    const { metadata } = await client.get(type, where);
    if (metadata.ownerReferences?.some(({ uid }) => uid === adapter.metadata.uid))
      await client.delete(type, where, { uid: metadata.uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
