import { z } from "zod";

/** What every kind shares: group, names, references, and the shape of `metadata` and `status`. */
export const GROUP = "fascia.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** RFC 1123 label: also a token of NATS subjects and stream names, hence no dots. */
export const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
  .max(63);

/** Semantic Versioning 2.0.0 without build metadata, e.g. `1.2.0`. */
export const version = z
  .string()
  .regex(/^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9a-z-]+(\.[0-9a-z-]+)*)?$/)
  .max(64);

/** A semver range as npm writes it, e.g. `^1.0.0` or `1.2.x`. */
export const versionRange = z.string().min(1).max(64);

/** A JSONata expression (https://jsonata.org). Its run is capped in time and depth. */
export const expression = z.string().min(1).max(16_384);

export const owner = z
  .string()
  .min(1)
  .max(253)
  .describe("Team that answers for this resource, with how to reach it, e.g. `registration <reg@hospital.example>`.");

export const LEVELS = ["Public", "Internal", "Confidential", "Restricted"] as const;

/** Sensitivity and clearance share one scale, lowest first. */
export const level = z.enum(LEVELS);
export type Level = z.infer<typeof level>;

/** A key of a Secret in the same namespace. */
export const secretKeyRef = z.strictObject({
  name: z.string().min(1).max(253).describe("Name of the Secret, in the namespace of this resource."),
  key: z.string().min(1).max(253).describe("Key within the Secret."),
});
export type SecretKeyRef = z.infer<typeof secretKeyRef>;

/** TLS of a listening socket. The Secret has the keys of type kubernetes.io/tls: `tls.crt`, `tls.key`, optionally `ca.crt`. */
export const serverTls = z.strictObject({
  secretName: z.string().min(1).max(253).describe("Secret with `tls.crt` and `tls.key`; `ca.crt` to verify clients."),
  clientAuth: z
    .enum(["None", "Require"])
    .default("None")
    .describe("`Require` is mutual TLS: clients must present a certificate signed by `ca.crt`."),
});

/** TLS of an outgoing connection. */
export const clientTls = z.strictObject({
  secretName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Secret with `ca.crt` to verify the server, and `tls.crt` and `tls.key` for mutual TLS."),
  serverName: z.string().min(1).max(253).optional().describe("Name to verify in the server's certificate; default: the host."),
});

export const metadata = z.looseObject({
  name: z.string().min(1).max(253),
  namespace: label.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
export type Metadata = z.infer<typeof metadata>;

/** A condition as KEP-1623 and `metav1.Condition` define it. */
export const condition = z.strictObject({
  type: z.string().max(316),
  status: z.enum(["True", "False", "Unknown"]),
  observedGeneration: z.int().min(0).optional(),
  lastTransitionTime: z.iso.datetime(),
  reason: z.string().min(1).max(1024),
  message: z.string().max(32_768),
});

export const status = z.strictObject({
  observedGeneration: z.int().optional().describe("The generation of spec that the conditions speak of; -1 until first seen."),
  conditions: z.array(condition).optional().describe("Latest observations, one for each type."),
});

/** What the CRD generator must know of a kind beside its schema. */
export interface KindInfo {
  kind: string;
  plural: string;
  shortNames: string[];
  scope: "Cluster" | "Namespaced";
  spec: z.ZodType;
  /** CEL rules (x-kubernetes-validations) on the root object; `self.metadata.name` and `self.spec` are readable. */
  rules: CelRule[];
  printerColumns: { name: string; type: "string" | "integer" | "date"; jsonPath: string; priority?: number }[];
}

export interface CelRule {
  rule: string;
  message: string;
}
