import { z } from "zod";
import { dialectFields } from "./adapter.ts";
import { podFields, podResources } from "./adapter-workload.ts";
import { API_VERSION, label, labelKey, listByKeys, metadata, owner, setOf } from "./meta.ts";

/** Compiled by `compileNamePattern` (src/mapping), which says what it may hold. */
const pattern = z.string().min(1).max(256);

const requiredLabel = z.strictObject({
  key: labelKey.describe("Key of the label, e.g. `hospital.example/site`."),
  pattern: pattern
    .optional()
    .describe("Regular expression that the whole value must match, as of `namePattern`. Default: any value."),
});

const require = z.strictObject({
  tlsOutsidePodNetwork: z
    .boolean()
    .default(false)
    .describe(
      "Whether connections that leave the cluster, or come into it, must use TLS: targets other than Services and the pod itself, and sources with a Service of type NodePort or LoadBalancer.",
    ),
  ownerContact: z
    .boolean()
    .default(false)
    .describe("Whether `spec.owner` must have an address, as in `registration <reg@hospital.example>`."),
  namePattern: pattern
    .optional()
    .describe(
      "Regular expression that the whole name must match, e.g. `(ehr|lis)-[a-z0-9-]+`. Without back references and look-around.",
    ),
  labels: listByKeys(requiredLabel, "key").min(1).max(16).optional().describe("Labels that it must carry."),
  serviceLevels: setOf(label)
    .min(1)
    .max(16)
    .optional()
    .describe("Service levels of which `spec.serviceLevel` must name one, e.g. `24x7` and `office-hours`."),
});

const defaults = z.strictObject({
  ...dialectFields,
  resources: podResources.optional().describe("Processor time and memory of each pod."),
  pod: podFields.omit({ imagePullSecrets: true }).optional().describe("Where pods run."),
});

export const adapterClassSpec = z.strictObject({
  owner,
  description: z.string().max(2048).optional().describe("What Adapters this class is for, for people."),
  isDefault: z
    .boolean()
    .default(false)
    .describe(
      "Whether it holds for Adapters that name no class, or none that is there. Of several the latest one counts.",
    ),
  restricted: z
    .boolean()
    .default(false)
    .describe(
      "Whether only who holds the verb `use` on it (RBAC) may create and change Adapters that name it. It holds unasked as the default class.",
    ),
  defaults: defaults
    .optional()
    .describe(
      "What holds for its Adapters where they say nothing of a field. Their resources stay as they are written; `status.defaults` tells what they have from here.",
    ),
  require: require.prefault({}).describe("What its Adapters have to keep."),
});

export const adapterClass = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("AdapterClass"),
  metadata,
  spec: adapterClassSpec,
});
export type AdapterClass = z.infer<typeof adapterClass>;
export type AdapterClassSpec = z.infer<typeof adapterClassSpec>;
