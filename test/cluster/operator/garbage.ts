import { ADAPTERS } from "../../../src/operator/kinds.ts";
import { isConflict } from "../../../src/operator/kube/failure.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { MADE_HERE } from "../../../src/operator/workload/names.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";

/** Everything that stands in the cluster because of Adapters, by kind and name. */
export async function workloads(client: KubeClient): Promise<Map<string, KubeObject>> {
  const found = new Map<string, KubeObject>();
  for (const type of Object.values(WORKLOAD_TYPES)) {
    const { items } = await client.list(type, { labelSelector: MADE_HERE });
    for (const item of items) found.set(`${type.kind} ${item.metadata.name}`, item);
  }
  return found;
}

/** Stands in for Kubernetes' garbage collector: takes away what Adapters own that are gone. */
export async function collectGarbage(client: KubeClient): Promise<void> {
  const made = await workloads(client);
  const { items } = await client.list(ADAPTERS, {});
  const present = new Set(items.map(({ metadata }) => metadata.uid));
  for (const { kind, metadata } of made.values()) {
    const owners = metadata.ownerReferences ?? [];
    const isGarbage = owners.length > 0 && owners.every(({ uid }) => !present.has(uid));
    const type = WORKLOAD_TYPES[kind as keyof typeof WORKLOAD_TYPES];
    const { uid, resourceVersion } = metadata;
    if (isGarbage) await client.delete(type, metadata, { uid, resourceVersion }).catch(unlessChanged);
  }
}

/** Kubernetes leaves what has another owner by now. What changed otherwise has its turn the next time. */
function unlessChanged(error: unknown): void {
  if (!isConflict(error)) throw error;
}
