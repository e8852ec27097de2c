/** A type of resource that the API server serves. */
export interface ResourceType {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  /** As it stands in paths, e.g. `adapters`. */
  plural: string;
  scope: "Namespaced" | "Cluster";
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
  blockOwnerDeletion?: boolean;
}

/** `metadata` as the API server fills it (metav1.ObjectMeta), as far as anybody here reads it. */
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
  ownerReferences?: OwnerReference[];
  managedFields?: unknown[];
}

/** What every resource has. Kinds add their `spec`, `status`, `data`. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata: ObjectMeta;
}

/** Names one resource of a type; `namespace` for namespaced types. */
export interface ObjectName {
  name: string;
  namespace?: string | undefined;
}

/** `apps/v1`, `v1`. */
export function apiVersionOf({ group, version }: ResourceType): string {
  return group === "" ? version : `${group}/${version}`;
}

/** Path of a collection: of one namespace, or of all of them. */
export function collectionPath(type: ResourceType, namespace?: string): string {
  const root = type.group === "" ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const within = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${within}/${type.plural}`;
}

/** Path of one resource, e.g. `/apis/apps/v1/namespaces/clinic/deployments/ehr`. */
export function objectPath(type: ResourceType, { name, namespace }: ObjectName, subresource?: "status"): string {
  const path = `${collectionPath(type, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** `namespace/name`, or `name` where there is no namespace: what queues and caches call a resource by. */
export function keyOf({ name, namespace }: ObjectName): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** The name that `keyOf` made a key of. */
export function nameOf(key: string): ObjectName {
  const slash = key.indexOf("/");
  return slash < 0 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
