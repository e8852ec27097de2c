import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { type Watch, mapped } from "../manager/watches.ts";
import type { PodFacts } from "../status/pods.ts";
import { ADAPTER_LABEL } from "../workload/names.ts";

export const PODS: ResourceType = { group: "", version: "v1", kind: "Pod", plural: "pods", scope: "Namespaced" };

/** What is kept of a pod: why it does not run. A whole one is 10 KB, and nobody reads the rest. */
export type CachedPod = KubeObject & PodFacts;

const BY_ADAPTER = "adapter";

/** How pods are to be cached. */
export const podsCached = { type: PODS, transform: leanPod, indexes: { [BY_ADAPTER]: adapterOf } };

/** The pods of the Adapter with this key. */
export const podsOf = (pods: Pick<Cache<CachedPod>, "byIndex">, adapter: string): CachedPod[] =>
  pods.byIndex(BY_ADAPTER, adapter);

/** Tells of an Adapter when something changed of a pod of it that its status speaks of. */
export const podsWatch = (pods: Cache<CachedPod>): Watch =>
  mapped(pods, adapterOf, { when: (pod, old) => said(pod) !== said(old) });

const said = ({ metadata, status }: CachedPod): string => JSON.stringify([metadata.deletionTimestamp, status]);

function adapterOf({ metadata }: KubeObject): string[] {
  const name = metadata.labels?.[ADAPTER_LABEL];
  return name === undefined ? [] : [keyOf({ name, namespace: metadata.namespace })];
}

function leanPod({ apiVersion, kind, metadata, status = {} }: CachedPod): CachedPod {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, labels } = metadata;
  const adapter = labels?.[ADAPTER_LABEL];
  const { conditions = [], containerStatuses = [] } = status;
  return {
    ...(apiVersion !== undefined && { apiVersion }),
    ...(kind !== undefined && { kind }),
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(uid !== undefined && { uid }),
      ...(resourceVersion !== undefined && { resourceVersion }),
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(adapter !== undefined && { labels: { [ADAPTER_LABEL]: adapter } }),
    },
    status: {
      conditions: conditions
        .filter(({ type, status: is }) => type === "PodScheduled" && is === "False")
        .map(({ type, status: is, message }) => ({ type, status: is, ...(message !== undefined && { message }) })),
      containerStatuses: containerStatuses
        .filter(({ ready }) => !ready)
        .map(({ ready, image, state, lastState }) => ({
          ready,
          ...(image !== undefined && { image }),
          ...(state?.waiting && { state: { waiting: state.waiting } }),
          ...(lastState?.terminated && { lastState: { terminated: ended(lastState.terminated) } }),
        })),
    },
  };
}

const ended = ({ reason, exitCode }: { reason?: string; exitCode: number }) => ({
  ...(reason !== undefined && { reason }),
  exitCode,
});
