import { z } from "zod";
import { listByKeys, objectName, setOf } from "./meta.ts";

/** What of an Adapter concerns the pods that it runs in, and not the messages: `fascia run` has no use for it. */

const quantity = (example: string, what: string) =>
  z
    .union([
      z.int().min(0),
      z
        .string()
        .regex(
          /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/,
          "must be a quantity as Kubernetes writes it, e.g. `500m` or `256Mi`",
        ),
    ])
    .meta({ "x-kubernetes-int-or-string": true })
    .optional()
    .describe(`${what}, as Kubernetes writes quantities, e.g. \`${example}\`.`);

const amounts = z.strictObject({ cpu: quantity("250m", "Processor time"), memory: quantity("256Mi", "Memory") });

/** Of one pod. */
export const podResources = z.strictObject({
  requests: amounts.optional().describe("What the node must have free for a pod."),
  limits: amounts.optional().describe("What a pod may use at most."),
});

const V4 = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
const CIDR = new RegExp(
  `^((${V4}\\.){3}${V4}/(3[0-2]|[12]?[0-9])|[0-9a-fA-F:]*:[0-9a-fA-F:.]*/(12[0-8]|1[01][0-9]|[1-9]?[0-9]))$`,
);

const service = z.strictObject({
  type: z
    .enum(["ClusterIP", "NodePort", "LoadBalancer"])
    .default("ClusterIP")
    .describe(
      "How senders reach the adapter: from within the cluster only, at a port of every node, or at an address of its own.",
    ),
  nodePort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("Port of every node, from the cluster's range (by default 30000 to 32767). Default: a free one."),
  annotations: z
    .record(z.string().max(317), z.string().max(4096))
    .optional()
    .describe("Annotations of the Service, e.g. for the load balancer: address pool, internal network, health checks."),
  externalTrafficPolicy: z
    .enum(["Cluster", "Local"])
    .optional()
    .describe("`Local` keeps the sender's address and takes connections only at nodes with a pod. Default: `Cluster`."),
  allowedCIDRs: setOf(z.string().regex(CIDR, "must be an address with a prefix length, e.g. `10.20.0.0/16`").max(49))
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Addresses that may connect, e.g. `10.20.0.0/16`. Default: any. Enforced by the NetworkPolicy and the load balancer.",
    ),
});

const toleration = z.strictObject({
  key: z.string().max(317).optional().describe("Key of the taint. None, with operator `Exists`: every taint."),
  operator: z.enum(["Exists", "Equal"]).default("Equal").describe("How the taint's value is compared with `value`."),
  value: z.string().max(63).optional().describe("Value of the taint, for operator `Equal`."),
  effect: z
    .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"])
    .optional()
    .describe("Effect of the taint. Default: every effect."),
  tolerationSeconds: z
    .int()
    .min(0)
    .max(31_536_000)
    .optional()
    .describe("For effect `NoExecute`: how long the pod stays. Default: for ever."),
});

export const podFields = z.strictObject({
  nodeSelector: z
    .record(z.string().max(317), z.string().max(63))
    .optional()
    .describe("Labels that a node must have to run a pod of this adapter."),
  tolerations: z.array(toleration).max(32).optional().describe("Taints of nodes that do not keep a pod away."),
  priorityClassName: objectName.optional().describe("PriorityClass of the pods."),
  imagePullSecrets: listByKeys(z.strictObject({ name: objectName.describe("Name of the Secret.") }), "name")
    .max(8)
    .optional()
    .describe("Secrets of this namespace to pull the image with, beside those that the operator is set to."),
});

export const workloadFields = {
  replicas: z
    .int()
    .min(0)
    .max(64)
    .default(1)
    .describe(
      "Pods that run at once. All of them receive; one at a time normalises, and one delivers. 0 stops the adapter.",
    ),
  resources: podResources
    .optional()
    .describe("Processor time and memory of each pod. Default: as its class says, else as the operator is set."),
  service: service
    .optional()
    .describe("How senders reach a source that listens. Default: from within the cluster only."),
  pod: podFields.optional().describe("Where its pods run, and what they are pulled with."),
  drainTimeoutSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe(
      "How long a pod that is stopped may take to end what is under way, and an Adapter that is deleted to deliver what waits.",
    ),
  deletionPolicy: z
    .enum(["Retain", "Discard"])
    .default("Retain")
    .describe(
      "What becomes of messages that still wait when the Adapter is deleted: kept in their streams, or thrown away at once.",
    ),
};
type WorkloadField = keyof typeof workloadFields;

/** `spec` without what concerns only its pods: what the adapter itself is to know. */
export function withoutWorkload<S extends object>(spec: S): Omit<S, WorkloadField> {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !(name in workloadFields))) as Omit<
    S,
    WorkloadField
  >;
}

export type PodResources = z.infer<typeof podResources>;
