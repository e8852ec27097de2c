import { contentHash } from "../../base/hash.ts";
import type { KubeObject } from "../kube/resource.ts";
import { Cache, type CacheDeps } from "../manager/cache.ts";
import type { ServedDeployment } from "../status/deployment.ts";
import { MADE_HERE } from "../workload/names.ts";
import { WORKLOAD_TYPES, type WorkloadKind } from "../workload/types.ts";
import { oursHash } from "./ours.ts";

/** What was made for an Adapter, as the API server has it: as much as it takes to see that somebody changed it. */
export interface Made extends KubeObject {
  /** The same as long as nobody changed anything but status. */
  fingerprint: string;
  /** `oursHash`. */
  ours: string | undefined;
}

export type MadeDeployment = Made & ServedDeployment;

/** Secrets are written and never read: there is no cache of them. */
export type MadeCaches = { Deployment: Cache<MadeDeployment> } & Record<
  Exclude<WorkloadKind, "Secret" | "Deployment">,
  Cache<Made>
>;

/** Caches of what was made for the Adapters of `namespaces` (none: of all), told by its label. */
export function madeCaches(namespaces: readonly string[] | undefined, deps: CacheDeps): MadeCaches {
  const cacheOf = <T extends Made>(kind: WorkloadKind, transform: (object: T) => T) =>
    new Cache<T>({ type: WORKLOAD_TYPES[kind], namespaces, labelSelector: MADE_HERE, transform }, deps);
  return {
    ServiceAccount: cacheOf("ServiceAccount", lean),
    ConfigMap: cacheOf("ConfigMap", lean),
    Service: cacheOf("Service", lean),
    NetworkPolicy: cacheOf("NetworkPolicy", lean),
    PodDisruptionBudget: cacheOf("PodDisruptionBudget", lean),
    Deployment: cacheOf("Deployment", leanDeployment),
  };
}

/** Of everything but what the API server and status-writers change by themselves. */
export function fingerprintOf(object: KubeObject & { status?: unknown }): string {
  const { apiVersion: _, kind: __, metadata, status: ___, ...content } = object;
  const { uid, labels, annotations, ownerReferences } = metadata;
  return contentHash({ ...content, uid, labels, annotations, ownerReferences });
}

function lean(object: KubeObject): Made {
  const { apiVersion, kind, metadata, ...content } = object;
  const { name, namespace, uid, resourceVersion, generation, ownerReferences } = metadata;
  const kept = { name, namespace, uid, resourceVersion, generation, ownerReferences };
  const fingerprint = fingerprintOf({ metadata, ...content });
  return { apiVersion, kind, metadata: kept, fingerprint, ours: oursHash(object) } as Made;
}

function leanDeployment(deployment: KubeObject & ServedDeployment): MadeDeployment {
  const { spec, status } = deployment;
  const { replicas } = spec ?? {};
  return { ...lean(deployment), ...(replicas !== undefined && { spec: { replicas } }), ...(status && { status }) };
}
