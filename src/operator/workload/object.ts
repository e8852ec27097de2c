import type { Adapter } from "../../api/adapter.ts";
import { API_VERSION } from "../../api/meta.ts";
import { type KubeObject, type OwnerReference, apiVersionOf } from "../kube/resource.ts";
import { adapterLabels, workloadNames } from "./names.ts";
import { WORKLOAD_TYPES, type WorkloadKind } from "./types.ts";

/** An Adapter as the API server has it. */
export interface ServedAdapter extends Adapter {
  metadata: Adapter["metadata"] & { namespace: string; uid: string };
}

/** A Kubernetes object as it is applied: only what Fascia decides. */
export interface WorkloadObject extends KubeObject {
  apiVersion: string;
  kind: WorkloadKind;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences: OwnerReference[];
  };
  spec?: object;
  data?: Record<string, string>;
  automountServiceAccountToken?: boolean;
}

/** What names an object in the Adapter's namespace. */
export interface ObjectRef {
  kind: WorkloadKind;
  name: string;
}

type Content = Pick<WorkloadObject, "spec" | "data" | "automountServiceAccountToken"> & {
  /** Default: `workloadNames().base`. */
  name?: string;
  annotations?: Record<string, string> | undefined;
};

/** An object that belongs to `adapter` and goes with it. */
export function owned(adapter: ServedAdapter, kind: WorkloadKind, content: Content): WorkloadObject {
  const { name = workloadNames(adapter.metadata.name).base, annotations, ...fields } = content;
  const { namespace, uid } = adapter.metadata;
  const owner = { apiVersion: API_VERSION, kind: "Adapter", name: adapter.metadata.name, uid };
  return {
    apiVersion: apiVersionOf(WORKLOAD_TYPES[kind]),
    kind,
    metadata: {
      name,
      namespace,
      labels: adapterLabels(adapter.metadata.name),
      ...(annotations !== undefined && { annotations }),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    ...fields,
  };
}
