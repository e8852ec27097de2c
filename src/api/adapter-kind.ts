import { type Adapter, type AdapterSpec, adapter, adapterSpec, hasSource, hasTarget } from "./adapter.ts";
import { adapterStatus } from "./adapter-status.ts";
import { workloadRules } from "./adapter-workload-rules.ts";
import { type KindInfo, LAST_COLUMNS, READY_COLUMNS, type Rule } from "./meta.ts";
import { ownerRule } from "./owner.ts";

const SOURCE_CEL =
  "(self.spec.?mllp.?source.hasValue() || self.spec.?http.?source.hasValue() || self.spec.?file.?source.hasValue() || self.spec.?lifecycle.?source.hasValue())";
const TARGET_CEL =
  "(self.spec.?mllp.?target.hasValue() || self.spec.?fhir.?target.hasValue() || self.spec.?http.?target.hasValue() || self.spec.?file.?target.hasValue())";
const HL7V2_SOURCE_CEL =
  "(self.spec.?mllp.?source.hasValue() || self.spec.?file.?source.?format.orValue('') == 'HL7v2')";

const hasHl7v2Source = (spec: AdapterSpec) => spec.mllp?.source !== undefined || spec.file?.source?.format === "HL7v2";

const transports = (spec: AdapterSpec) =>
  [spec.mllp, spec.fhir, spec.http, spec.file, spec.lifecycle].filter((transport) => transport !== undefined);

/** A user and a password, or a parameter that is called like a credential. What stands in a path nobody can tell. */
const USER_IN_URL = "^https?://[^/?#]*@";
const SECRET_IN_QUERY =
  "[?&]([^=&#]*(token|secret|passw|pwd|credential|api[-_]?key|signature)[^=&#]*|sig|key|code|auth|jwt)=";
const hasCredentials = (url: string): boolean =>
  new RegExp(USER_IN_URL).test(url) || new RegExp(SECRET_IN_QUERY, "i").test(url);

const rules: Rule<Adapter>[] = [
  ownerRule,
  {
    rule: "!self.metadata.name.contains('.') && size(self.metadata.name) <= 63",
    message: "metadata.name must be at most 63 characters without dots: it is a token of NATS subjects",
    fieldPath: ".metadata.name",
    holds: ({ metadata }) => !metadata.name.includes(".") && metadata.name.length <= 63,
  },
  {
    rule: "[has(self.spec.mllp), has(self.spec.fhir), has(self.spec.http), has(self.spec.file), has(self.spec.lifecycle)].exists_one(x, x)",
    message: "spec must have exactly one of mllp, fhir, http, file and lifecycle: how the system is reached",
    fieldPath: ".spec",
    holds: ({ spec }) => transports(spec).length === 1,
  },
  {
    rule:
      "(!has(self.spec.mllp) || has(self.spec.mllp.source) || has(self.spec.mllp.target)) && " +
      "(!has(self.spec.fhir) || has(self.spec.fhir.target)) && " +
      "(!has(self.spec.http) || has(self.spec.http.source) || has(self.spec.http.target)) && " +
      "(!has(self.spec.file) || has(self.spec.file.source) || has(self.spec.file.target)) && " +
      "(!has(self.spec.lifecycle) || has(self.spec.lifecycle.source))",
    message:
      "mllp, http and file must have source, target or both, fhir must have target and lifecycle source: which way messages go",
    fieldPath: ".spec",
    holds: ({ spec }) => transports(spec).every((transport) => Object.keys(transport).length > 0),
  },
  {
    rule: `!${SOURCE_CEL} || has(self.spec.emits)`,
    message: "an adapter with a source must have spec.emits: which contracts its messages become",
    fieldPath: ".spec.emits",
    holds: ({ spec }) => !hasSource(spec) || spec.emits !== undefined,
  },
  {
    rule: `!has(self.spec.emits) || ${SOURCE_CEL}`,
    message: "spec.emits needs a source: this adapter receives nothing",
    fieldPath: ".spec.emits",
    holds: ({ spec }) => spec.emits === undefined || hasSource(spec),
  },
  {
    rule: `!${TARGET_CEL} || has(self.spec.accepts)`,
    message: "an adapter with a target must have spec.accepts: which contracts its system can receive",
    fieldPath: ".spec.accepts",
    holds: ({ spec }) => !hasTarget(spec) || spec.accepts !== undefined,
  },
  {
    rule: `!has(self.spec.accepts) || ${TARGET_CEL}`,
    message: "spec.accepts needs a target: this adapter sends nothing",
    fieldPath: ".spec.accepts",
    holds: ({ spec }) => spec.accepts === undefined || hasTarget(spec),
  },
  {
    rule: "!has(self.spec.emits) || self.spec.emits.all(e, !has(e.mapping) || has(e.mapping.hl7v2ToFhir) != has(e.mapping.jsonata))",
    message: "each mapping of spec.emits must have exactly one of hl7v2ToFhir and jsonata",
    fieldPath: ".spec.emits",
    holds: ({ spec }) =>
      (spec.emits ?? []).every(({ mapping }) => !mapping || !mapping.hl7v2ToFhir !== !mapping.jsonata),
  },
  {
    rule: `!has(self.spec.emits) || ${HL7V2_SOURCE_CEL} || !self.spec.emits.exists(e, e.?mapping.?hl7v2ToFhir.hasValue())`,
    message: "hl7v2ToFhir needs a source of HL7 v2: mllp, or file with format HL7v2",
    fieldPath: ".spec.emits",
    holds: ({ spec }) => hasHl7v2Source(spec) || !(spec.emits ?? []).some(({ mapping }) => mapping?.hl7v2ToFhir),
  },
  {
    rule: "!has(self.spec.accepts) || self.spec.accepts.all(a, !has(a.mapping) || has(a.mapping.fhirToHl7v2) != has(a.mapping.jsonata))",
    message: "each mapping of spec.accepts must have exactly one of fhirToHl7v2 and jsonata",
    fieldPath: ".spec.accepts",
    holds: ({ spec }) =>
      (spec.accepts ?? []).every(({ mapping }) => !mapping || !mapping.fhirToHl7v2 !== !mapping.jsonata),
  },
  {
    rule: "!has(self.spec.accepts) || self.spec.?mllp.?target.hasValue() || !self.spec.accepts.exists(a, a.?mapping.?fhirToHl7v2.hasValue())",
    message: "fhirToHl7v2 needs a target of HL7 v2: mllp",
    fieldPath: ".spec.accepts",
    holds: ({ spec }) =>
      spec.mllp?.target !== undefined || !(spec.accepts ?? []).some(({ mapping }) => mapping?.fhirToHl7v2),
  },
  {
    rule: "self.spec.raw.retentionSeconds >= self.spec.dedupe.windowSeconds",
    message:
      "spec.raw.retentionSeconds must not be less than spec.dedupe.windowSeconds: a repeated message is compared with the original",
    fieldPath: ".spec.raw.retentionSeconds",
    holds: ({ spec }) => spec.raw.retentionSeconds >= spec.dedupe.windowSeconds,
  },
  {
    rule: `[self.spec.?fhir.?target.?url.orValue(''), self.spec.?http.?target.?url.orValue('')].all(u, !u.matches('${USER_IN_URL}') && !u.matches('(?i)${SECRET_IN_QUERY}'))`,
    message: "url must not hold credentials: put them into a Secret and name it in bearerTokenRef",
    fieldPath: ".spec",
    holds: ({ spec }) => [spec.fhir?.target?.url, spec.http?.target?.url].every((url) => !hasCredentials(url ?? "")),
  },
  ...workloadRules,
];

export const adapterKind: KindInfo<Adapter> = {
  kind: "Adapter",
  description:
    "The connection of one system: how messages come from it, how they go to it, and which contracts they are to the hub. Only the Adapter knows its system's protocol and dialect.",
  plural: "adapters",
  shortNames: ["adp"],
  scope: "Namespaced",
  resource: adapter,
  spec: adapterSpec,
  rules,
  printerColumns: [
    ...READY_COLUMNS,
    { name: "In", type: "integer", jsonPath: ".status.messages.in" },
    { name: "Out", type: "integer", jsonPath: ".status.messages.out" },
    { name: "Quarantined", type: "integer", jsonPath: ".status.messages.quarantined" },
    { name: "Lag", type: "integer", jsonPath: ".status.messages.lag" },
    { name: "System", type: "string", jsonPath: ".spec.system", priority: 1 },
    { name: "Replicas", type: "integer", jsonPath: ".status.readyReplicas", priority: 1 },
    { name: "Owner", type: "string", jsonPath: ".spec.owner", priority: 1 },
    { name: "Level", type: "string", jsonPath: ".spec.serviceLevel", priority: 1 },
    ...LAST_COLUMNS,
  ],
  status: adapterStatus,
  scale: {
    specReplicasPath: ".spec.replicas",
    statusReplicasPath: ".status.replicas",
    labelSelectorPath: ".status.selector",
  },
};
