import { z } from "zod";
import { API_VERSION, metadata, owner } from "./meta.ts";

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
