import { encoded } from "../kube/secrets.ts";
import { deploymentOf } from "./deployment.ts";
import { KEYS_KEY, selectorLabels, workloadNames } from "./names.ts";
import { networkPolicyOf } from "./networkpolicy.ts";
import { type ObjectRef, type ServedAdapter, type WorkloadObject, owned } from "./object.ts";
import { workloadProblems } from "./problems.ts";
import { reservedProblems } from "./reserved.ts";
import { serviceOf } from "./service.ts";
import type { WorkloadSettings } from "./settings.ts";
import { TRUST_FILE } from "./volumes.ts";

export interface Workload {
  /** In the order in which they are applied: what pods need before the pods. */
  objects: WorkloadObject[];
  /** What an Adapter of this name had or may have, and this one has not: to be deleted where it is the Adapter's own. */
  absent: ObjectRef[];
  /** Why the pods could not do what the Adapter says; with any of them nothing is to be applied. */
  problems: string[];
}

/**
 * Everything that runs an Adapter on Kubernetes, but for the Secrets with its keys and its NATS credentials. Pure: the
 * same Adapter and settings give the same objects, byte for byte, so that applying them again changes nothing.
 */
export function workloadOf(adapter: ServedAdapter, settings: WorkloadSettings): Workload {
  const names = workloadNames(adapter.metadata.name);
  const optional: [ObjectRef, WorkloadObject | undefined][] = [
    [{ kind: "ConfigMap", name: names.trust }, trustOf(adapter, settings)],
    [{ kind: "NetworkPolicy", name: names.base }, networkPolicyOf(adapter, settings)],
    [{ kind: "Service", name: names.base }, serviceOf(adapter)],
    [{ kind: "PodDisruptionBudget", name: names.base }, disruptionBudgetOf(adapter)],
  ];
  return {
    objects: [
      serviceAccountOf(adapter),
      ...optional.flatMap(([, object]) => (object ? [object] : [])),
      deploymentOf(adapter, settings),
    ],
    absent: optional.filter(([, object]) => object === undefined).map(([ref]) => ref),
    problems: [...workloadProblems(adapter.spec), ...reservedProblems(adapter, settings)],
  };
}

/**
 * The Adapter's copy of the installation's keys (the text of `keys.json`), which its pods mount: a Secret of another
 * namespace can't be mounted, and this one goes with the Adapter.
 */
export const keysSecretOf = (adapter: ServedAdapter, keys: string): WorkloadObject =>
  owned(adapter, "Secret", {
    name: workloadNames(adapter.metadata.name).keys,
    data: encoded({ [KEYS_KEY]: keys }),
  });

/** The Adapter's NATS credentials, which its pods mount. */
export const credentialsSecretOf = (adapter: ServedAdapter, texts: Record<string, string>): WorkloadObject =>
  owned(adapter, "Secret", {
    name: workloadNames(adapter.metadata.name).credentials,
    data: encoded(texts),
  });

/** Has no rights, and no token: pods are told apart by it, and image pull secrets may be added to it. */
const serviceAccountOf = (adapter: ServedAdapter): WorkloadObject =>
  owned(adapter, "ServiceAccount", { automountServiceAccountToken: false });

const trustOf = (adapter: ServedAdapter, { trustedCAs }: WorkloadSettings): WorkloadObject | undefined =>
  trustedCAs === undefined
    ? undefined
    : owned(adapter, "ConfigMap", {
        name: workloadNames(adapter.metadata.name).trust,
        data: { [TRUST_FILE]: trustedCAs },
      });

/** For a single pod there is none: it would keep a node from ever being drained. */
const disruptionBudgetOf = (adapter: ServedAdapter): WorkloadObject | undefined =>
  adapter.spec.replicas < 2
    ? undefined
    : owned(adapter, "PodDisruptionBudget", {
        spec: {
          maxUnavailable: 1,
          unhealthyPodEvictionPolicy: "AlwaysAllow",
          selector: { matchLabels: selectorLabels(adapter.metadata.name) },
        },
      });
