import { z } from "zod";
import { annotations, labels } from "./objectmeta.ts";

/** What every kind shares: group, names, references, and the shape of `metadata` and `status`. */
export const GROUP = "fascia.dev";
export const VERSION = "v1alpha1";
export const API_VERSION = `${GROUP}/${VERSION}`;

/** RFC 1123 label: also a token of NATS subjects and stream names, hence no dots. */
export const label = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/, "must be small letters, digits and inner hyphens, e.g. `lab-results`")
  .max(63);

/** A number of at most 15 digits: no larger one is counted exactly, and whoever reads versions refuses it. */
const NUMBER = String.raw`(0|[1-9]\d{0,14})`;
const IDENTIFIER = String.raw`(0|[1-9]\d*|\d*[a-z-][0-9a-z-]*)`;
const PRE_RELEASE = String.raw`(-${IDENTIFIER}(\.${IDENTIFIER})*)?`;
const FULL = String.raw`${NUMBER}\.${NUMBER}\.${NUMBER}${PRE_RELEASE}`;

/** Semantic Versioning 2.0.0 without build metadata and capital letters, e.g. `1.2.0`. */
export const version = z
  .string()
  .regex(new RegExp(`^${FULL}$`), "must be a version such as `1.2.0`")
  .max(64);

/**
 * Versions within one major: `1.2.0` exactly, `~1.2.0`, `^1.0.0`, `1.2.x` or `1.x`, as npm reads them. Other ranges are
 * refused: a new major is a new promise, and is subscribed to on purpose.
 */
export const versionRange = z
  .string()
  .regex(
    new RegExp(String.raw`^([~^]?${FULL}|${NUMBER}(\.${NUMBER})?\.x)$`),
    "must be versions within one major: `1.2.0`, `~1.2.0`, `^1.0.0`, `1.2.x` or `1.x`",
  )
  .max(64);

/** An instant to the second, with its distance from UTC (RFC 3339), e.g. `2027-01-31T00:00:00Z`. */
export const instant = z
  .string()
  .regex(
    z.regexes.datetime({ offset: true, precision: 0 }),
    "must be an instant to the second, such as `2027-01-31T00:00:00Z`",
  )
  .max(25);

/** Fields with dots between, from the entity on: `Patient.telecom`. */
export const elementPath = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]*(\.[A-Za-z_][A-Za-z0-9_-]*)*$/,
    "must be a path of fields with dots between, e.g. `Patient.name`",
  )
  .max(512);

/** A resource type of FHIR. */
export const resourceType = z
  .string()
  .regex(/^[A-Z][A-Za-z]+$/, "must be a FHIR resource type, e.g. `Patient`")
  .max(64);

/** A list without repetitions, merged by value when several write it (server-side apply). */
export function setOf<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .refine((items) => new Set(items).size === items.length, "must not name an entry twice")
    .meta({ "x-kubernetes-list-type": "set" });
}

/** A list whose entries are told apart by the fields `keys`, merged by them when several write it (server-side apply). */
export function listByKeys<T extends z.ZodObject>(item: T, ...keys: (keyof z.infer<T> & string)[]) {
  const keyOf = (entry: z.infer<T>) => JSON.stringify(keys.map((key) => entry[key]));
  return z
    .array(item)
    .refine((items) => new Set(items.map(keyOf)).size === items.length, `must not repeat ${keys.join(" and ")}`)
    .meta({ "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys });
}

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

export const isAbove = (level: Level, clearance: Level): boolean => LEVELS.indexOf(level) > LEVELS.indexOf(clearance);

/** RFC 1123 subdomain, as most objects of Kubernetes are named. */
export const objectName = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
    "must be the name of a Kubernetes object: small letters, digits and inner hyphens, with dots between",
  )
  .max(253);

/** Key of a label (Kubernetes, Labels and Selectors): a name, before it a domain that it belongs to. */
export const labelKey = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9.-]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/,
    "must be the key of a label, e.g. `hospital.example/site`",
  )
  .max(317);

/** A key of a Secret in the same namespace. */
export const secretKeyRef = z.strictObject({
  name: objectName.describe("Name of the Secret, in the namespace of this resource."),
  key: z
    .string()
    .regex(/^[-._a-zA-Z0-9]+$/, "must be a key of a Secret: letters, digits, `-`, `_` and `.`")
    .max(253)
    .describe("Key within the Secret."),
});
export type SecretKeyRef = z.infer<typeof secretKeyRef>;

/** TLS of a listening socket. The Secret has the keys of type kubernetes.io/tls: `tls.crt`, `tls.key`, optionally `ca.crt`. */
export const serverTls = z.strictObject({
  secretName: objectName.describe("Secret with `tls.crt` and `tls.key`; `ca.crt` to verify clients."),
  clientAuth: z
    .enum(["None", "Require"])
    .default("None")
    .describe("`Require` is mutual TLS: clients must present a certificate signed by `ca.crt`."),
});
export type ServerTls = z.infer<typeof serverTls>;

/** TLS of an outgoing connection. */
export const clientTls = z.strictObject({
  secretName: objectName
    .optional()
    .describe("Secret with `ca.crt` to verify the server, and `tls.crt` and `tls.key` for mutual TLS."),
  serverName: z
    .string()
    .min(1)
    .max(253)
    .optional()
    .describe("Name to verify in the server's certificate; default: the host."),
});
export type ClientTls = z.infer<typeof clientTls>;

export const metadata = z.looseObject({
  name: objectName,
  namespace: label.optional(),
  labels: labels.optional(),
  annotations: annotations.optional(),
  /** Set by the API server on what is being deleted. */
  deletionTimestamp: z.string().optional(),
});
export type Metadata = z.infer<typeof metadata>;

/** A condition as KEP-1623 and `metav1.Condition` define it. */
export const condition = z.strictObject({
  type: z.string().max(316).describe("What is observed, e.g. `Ready`."),
  status: z.enum(["True", "False", "Unknown"]).describe("Whether it is so."),
  observedGeneration: z.int().min(0).optional().describe("The generation of spec that this was observed of."),
  lastTransitionTime: z.iso.datetime().describe("When status last changed."),
  reason: z.string().min(1).max(1024).describe("Why, as one CamelCase word for programs."),
  message: z.string().max(32_768).describe("Why, for people."),
});

export const status = z.strictObject({
  observedGeneration: z
    .int()
    .optional()
    .describe("The generation of spec that the conditions speak of; -1 until first seen."),
  conditions: listByKeys(condition, "type").max(32).optional().describe("Latest observations, one for each type."),
});

/** What a kind is beside its fields: how it is named, shown and checked as a whole. */
export interface KindInfo<R = unknown> {
  kind: string;
  /** What a resource of this kind is, in a sentence or two. */
  description: string;
  plural: string;
  shortNames: string[];
  scope: "Cluster" | "Namespaced";
  /** The whole resource as a user writes it, without status. */
  resource: z.ZodType<R>;
  spec: z.ZodType;
  /** What one resource can tell and single fields cannot. */
  rules: Rule<R>[];
  printerColumns: PrinterColumn[];
  /** Fields of `status` beside those that every kind has. */
  status?: z.ZodRawShape;
  /** Where the `scale` subresource finds its numbers; only for a kind that has replicas. */
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string };
}

export interface PrinterColumn {
  name: string;
  type: "string" | "integer" | "date";
  jsonPath: string;
  /** 1: only with `kubectl get -o wide`. */
  priority?: number;
}

/** The first thing to see of every kind: whether it is well and, in a word, why not. */
export const READY_COLUMNS: PrinterColumn[] = [
  { name: "Ready", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].status' },
  { name: "Reason", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].reason' },
];

/** The last ones: since when there is such a resource, and why, in a sentence, which may be longer than any line. */
export const LAST_COLUMNS: PrinterColumn[] = [
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
  { name: "Message", type: "string", jsonPath: '.status.conditions[?(@.type=="Ready")].message' },
];

/**
 * A rule over a whole resource, once for the API server and once for everywhere else. Both forms must say the same; the
 * tests put the same resources to both.
 */
export interface Rule<R = unknown> {
  /** CEL (x-kubernetes-validations) on the root object; `self.metadata.name` and `self.spec` are readable. */
  rule: string;
  message: string;
  /** What the message speaks of, e.g. `.spec.emits`; a field of the schema, without list indices. */
  fieldPath: string;
  /** The rule in TypeScript, over a resource that satisfies the schema, defaults filled in. */
  holds(resource: R): boolean;
}

/** The rules of `kind` that `resource`, already parsed by `kind.resource`, breaks. */
export function brokenRules<R>(kind: KindInfo<R>, resource: R): Rule<R>[] {
  return kind.rules.filter((rule) => !rule.holds(resource));
}
