import type { ResourceType } from "../kube/resource.ts";
import { SECRETS } from "../kube/secrets.ts";

const namespaced = (group: string, version: string, kind: string, plural: string): ResourceType => ({
  group,
  version,
  kind,
  plural,
  scope: "Namespaced",
});

/** The kinds of object that are made for an Adapter, by their names. */
export const WORKLOAD_TYPES = {
  ServiceAccount: namespaced("", "v1", "ServiceAccount", "serviceaccounts"),
  Secret: SECRETS,
  ConfigMap: namespaced("", "v1", "ConfigMap", "configmaps"),
  Service: namespaced("", "v1", "Service", "services"),
  NetworkPolicy: namespaced("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
  PodDisruptionBudget: namespaced("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
  Deployment: namespaced("apps", "v1", "Deployment", "deployments"),
};

export type WorkloadKind = keyof typeof WORKLOAD_TYPES;
