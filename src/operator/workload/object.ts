import type { Adapter } from "../../api/adapter.ts";
import { API_VERSION } from "../../api/meta.ts";
import { adapterLabels, workloadNames } from "./names.ts";

/** An Adapter as the API server has it. */
export interface ServedAdapter extends Adapter {
  metadata: Adapter["metadata"] & { namespace: string; uid: string };
}

/** A Kubernetes object as it is applied: only what Fascia decides. */
export interface WorkloadObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    labels: Record<string, string>;
    annotations?: Record<string, string>;
    ownerReferences: object[];
  };
  spec?: object;
  data?: Record<string, string>;
  automountServiceAccountToken?: boolean;
}

/** What names an object whose kind is known. */
export interface ObjectRef {
  apiVersion: string;
  kind: string;
  name: string;
}

/** An object that belongs to `adapter` and goes with it. */
export function owned(
  adapter: ServedAdapter,
  { apiVersion, kind, name = workloadNames(adapter.metadata.name).base }: Omit<ObjectRef, "name"> & { name?: string },
  content: Partial<WorkloadObject> & { annotations?: Record<string, string> | undefined },
): WorkloadObject {
  const { annotations, ...fields } = content;
  const { namespace, uid } = adapter.metadata;
  const owner = { apiVersion: API_VERSION, kind: "Adapter", name: adapter.metadata.name, uid };
  return {
    apiVersion,
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
