import { API_VERSION, type Manifest, type Right, type Wrong } from "./case.ts";

const BOTH_WAYS =
  "mllp, http and file must have source, target or both, fhir must have target and lifecycle source: which way messages go";
const NAME_RULE = "metadata.name must be at most 63 characters without dots: it is a token of NATS subjects";

const adapter = (spec: object, name = "lab"): Manifest => ({
  apiVersion: API_VERSION,
  kind: "Adapter",
  metadata: { name },
  spec: { system: "lab", owner: "lab", ...spec },
});
const visit = { contract: "visit", version: "1.0.0" };
const mapped = (mapping: object) => ({ ...visit, mapping: { version: "1", ...mapping } });
const mllpSource = { mllp: { source: { port: 2575 } }, emits: [visit] };
const mllpTarget = { mllp: { target: { host: "lab.example", port: 2575 } }, accepts: [visit] };
const httpTarget = { http: { target: { url: "https://lab.example/in" } }, accepts: [visit] };
const exposed = (service: object) => ({ ...mllpSource, service });
const NEEDS_PORT = "nodePort and externalTrafficPolicy of spec.service need its type NodePort or LoadBalancer";
const NEEDS_LOCAL =
  "spec.service.allowedCIDRs needs externalTrafficPolicy Local: otherwise a node's address stands in place of the sender's";
const fileTarget = { file: { target: { path: "/var/lib/out.ndjson" } }, accepts: [visit] };

export const WRONG_ADAPTERS: Wrong[] = [
  { title: "a name with dots", resource: adapter(mllpSource, "lab.north"), says: NAME_RULE },
  { title: "a name longer than a token", resource: adapter(mllpSource, "l".repeat(64)), says: NAME_RULE },
  {
    title: "two transports",
    resource: adapter({ ...mllpSource, file: { target: { path: "/out" } }, accepts: [visit] }),
    says: "spec must have exactly one of mllp, fhir, http, file and lifecycle: how the system is reached",
  },
  {
    title: "no transport",
    resource: adapter({}),
    says: "spec must have exactly one of mllp, fhir, http, file and lifecycle: how the system is reached",
  },
  {
    title: "a Secret that no Secret can be called",
    resource: adapter({
      http: { target: { url: "https://lab.example/in", bearerTokenRef: { name: "../../keys", key: "t" } } },
      accepts: [visit],
    }),
    says: "spec.http.target.bearerTokenRef.name in body should match",
  },
  { title: "an mllp that neither listens nor sends", resource: adapter({ mllp: {} }), says: BOTH_WAYS },
  { title: "an http that neither listens nor sends", resource: adapter({ http: {} }), says: BOTH_WAYS },
  { title: "a file that is neither read nor written", resource: adapter({ file: {} }), says: BOTH_WAYS },
  { title: "a fhir without target", resource: adapter({ fhir: {} }), says: BOTH_WAYS },
  { title: "a lifecycle without source", resource: adapter({ lifecycle: {} }), says: BOTH_WAYS },
  {
    title: "a lifecycle whose events become nothing",
    resource: adapter({ lifecycle: { source: {} } }),
    says: "an adapter with a source must have spec.emits: which contracts its messages become",
  },
  {
    title: "a media type that is none of JSON",
    resource: adapter({
      http: { target: { url: "https://lab.example/in", contentType: "text/xml" } },
      accepts: [visit],
    }),
    says: "spec.http.target.contentType in body should match",
  },
  {
    title: "a source whose messages become nothing",
    resource: adapter({ ...mllpSource, emits: undefined }),
    says: "an adapter with a source must have spec.emits: which contracts its messages become",
  },
  {
    title: "emits without source",
    resource: adapter({ ...mllpTarget, emits: [visit] }),
    says: "spec.emits needs a source: this adapter receives nothing",
  },
  {
    title: "a target that accepts nothing",
    resource: adapter({ ...httpTarget, accepts: undefined }),
    says: "an adapter with a target must have spec.accepts: which contracts its system can receive",
  },
  {
    title: "accepts without target",
    resource: adapter({ ...mllpSource, accepts: [visit] }),
    says: "spec.accepts needs a target: this adapter sends nothing",
  },
  {
    title: "an inbound mapping without a way",
    resource: adapter({ ...mllpSource, emits: [mapped({})] }),
    says: "each mapping of spec.emits must have exactly one of hl7v2ToFhir and jsonata",
  },
  {
    title: "an inbound mapping with two ways",
    resource: adapter({ ...mllpSource, emits: [mapped({ hl7v2ToFhir: {}, jsonata: "$" })] }),
    says: "each mapping of spec.emits must have exactly one of hl7v2ToFhir and jsonata",
  },
  {
    title: "HL7 v2 from a webhook",
    resource: adapter({ http: { source: { port: 80 } }, emits: [mapped({ hl7v2ToFhir: {} })] }),
    says: "hl7v2ToFhir needs a source of HL7 v2: mllp, or file with format HL7v2",
  },
  {
    title: "HL7 v2 from a file of JSON lines",
    resource: adapter({ file: { source: { directory: "/in" } }, emits: [mapped({ hl7v2ToFhir: {} })] }),
    says: "hl7v2ToFhir needs a source of HL7 v2: mllp, or file with format HL7v2",
  },
  {
    title: "an outbound mapping with two ways",
    resource: adapter({ ...mllpTarget, accepts: [mapped({ fhirToHl7v2: { version: "2.3" }, jsonata: "$" })] }),
    says: "each mapping of spec.accepts must have exactly one of fhirToHl7v2 and jsonata",
  },
  {
    title: "HL7 v2 to a file",
    resource: adapter({ ...fileTarget, accepts: [mapped({ fhirToHl7v2: { version: "2.3" } })] }),
    says: "fhirToHl7v2 needs a target of HL7 v2: mllp",
  },
  {
    title: "originals that are gone before their repetition is",
    resource: adapter({ ...mllpSource, raw: { retentionSeconds: 3600 } }),
    says: "spec.raw.retentionSeconds must not be less than spec.dedupe.windowSeconds: a repeated message is compared with the original",
  },
  {
    title: "a password in an address",
    resource: adapter({ ...httpTarget, http: { target: { url: "https://user:pass@lab.example/in" } } }),
    says: "url must not hold credentials: put them into a Secret and name it in bearerTokenRef",
  },
  {
    title: "a token in an address",
    resource: adapter({ ...httpTarget, http: { target: { url: "https://lab.example/in?a=b&Access_Token=c" } } }),
    says: "url must not hold credentials: put them into a Secret and name it in bearerTokenRef",
  },
  {
    title: "a key in an address",
    resource: adapter({ ...httpTarget, http: { target: { url: "https://lab.example/in?code=c" } } }),
    says: "url must not hold credentials: put them into a Secret and name it in bearerTokenRef",
  },
  {
    title: "an address that is not http",
    resource: adapter({ ...httpTarget, http: { target: { url: "ftp://lab.example/in" } } }),
    says: "spec.http.target.url: Invalid value",
  },
  {
    title: "a port beyond the last",
    resource: adapter({ ...mllpSource, mllp: { source: { port: 65_536 } } }),
    says: "should be less than or equal to 65535",
  },
  {
    title: "a port that is text",
    resource: adapter({ ...mllpSource, mllp: { source: { port: "2575" } } }),
    says: 'spec.mllp.source.port in body must be of type integer: "string"',
  },
  {
    title: "half a connection",
    resource: adapter({ ...mllpTarget, mllp: { target: { host: "a", port: 1, connections: 1.5 } } }),
    says: "spec.mllp.target.connections in body must be of type int32",
  },
  {
    title: "an unknown field",
    resource: adapter({ ...mllpSource, instances: 2 }),
    says: 'unknown field "spec.instances"',
  },
  {
    title: "an unknown field deep inside",
    resource: adapter({ ...mllpSource, mllp: { source: { port: 1, keepAlive: true } } }),
    says: 'unknown field "spec.mllp.source.keepAlive"',
  },
  {
    title: "settings of a mapping that has none",
    resource: adapter({ ...mllpSource, emits: [mapped({ hl7v2ToFhir: { strict: true } })] }),
    says: 'unknown field "spec.emits[0].mapping.hl7v2ToFhir.strict"',
  },
  {
    title: "an empty list of what it emits",
    resource: adapter({ ...mllpSource, emits: [] }),
    says: "spec.emits in body should have at least 1 items",
  },
  {
    title: "one contract version accepted twice",
    resource: adapter({ ...mllpTarget, accepts: [visit, visit] }),
    says: "spec.accepts[1]: Duplicate value",
  },
  {
    title: "an event twice",
    resource: adapter({ ...mllpSource, emits: [{ ...visit, events: ["A01", "A01"] }] }),
    says: "spec.emits[0].events[1]: Duplicate value",
  },
  {
    title: "a path that is no path",
    resource: adapter({ http: { source: { port: 80, path: "hook" } }, emits: [visit] }),
    says: "spec.http.source.path: Invalid value",
  },
  {
    title: "a Service where nothing listens",
    resource: adapter({ ...mllpTarget, service: {} }),
    says: "spec.service needs a source that listens: mllp or http",
  },
  {
    title: "a port of every node for a Service within the cluster",
    resource: adapter(exposed({ nodePort: 30_100 })),
    says: NEEDS_PORT,
  },
  {
    title: "a policy for outside traffic of a Service within the cluster",
    resource: adapter(exposed({ type: "ClusterIP", externalTrafficPolicy: "Local" })),
    says: NEEDS_PORT,
  },
  {
    title: "allowed addresses that the pod never sees",
    resource: adapter(exposed({ type: "LoadBalancer", allowedCIDRs: ["10.0.0.0/8"] })),
    says: NEEDS_LOCAL,
  },
  {
    title: "an allowed address without its length",
    resource: adapter(exposed({ allowedCIDRs: ["10.0.0.1"] })),
    says: "spec.service.allowedCIDRs[0]: Invalid value",
  },
  {
    title: "an allowed address beyond 255",
    resource: adapter(exposed({ allowedCIDRs: ["10.0.0.256/8"] })),
    says: "spec.service.allowedCIDRs[0]: Invalid value",
  },
  {
    title: "an annotation that is no text",
    resource: adapter(exposed({ annotations: { "metallb.io/address-pool": 1 } })),
    says: "spec.service.annotations.metallb.io/address-pool in body must be of type string",
  },
  {
    title: "files that two processes write",
    resource: adapter({ ...fileTarget, replicas: 2 }),
    says: "spec.replicas must be at most 1 for an adapter of files: one process at a time may read or write them",
  },
  {
    title: "less than no replicas",
    resource: adapter({ ...mllpSource, replicas: -1 }),
    says: "spec.replicas in body should be greater than or equal to 0",
  },
  {
    title: "an amount of memory that is none",
    resource: adapter({ ...mllpSource, resources: { limits: { memory: "much" } } }),
    says: "spec.resources.limits.memory: Invalid value",
  },
  {
    title: "less than no memory",
    resource: adapter({ ...mllpSource, resources: { limits: { memory: -1 } } }),
    says: "spec.resources.limits.memory in body should be greater than or equal to 0",
  },
  {
    title: "no time to drain",
    resource: adapter({ ...mllpSource, drainTimeoutSeconds: 0 }),
    says: "spec.drainTimeoutSeconds in body should be greater than or equal to 1",
  },
  {
    title: "a Secret to pull with twice",
    resource: adapter({ ...mllpSource, pod: { imagePullSecrets: [{ name: "a" }, { name: "a" }] } }),
    says: "spec.pod.imagePullSecrets[1]: Duplicate value",
  },
];

export const RIGHT_ADAPTERS: Right[] = [
  { title: "a name as long as a token may be", resource: adapter(mllpSource, "l".repeat(63)) },
  {
    title: "an adapter that listens and sends",
    resource: adapter({ ...mllpSource, mllp: { ...mllpSource.mllp, ...mllpTarget.mllp }, accepts: [visit] }),
  },
  {
    title: "an @ behind the authority of an address",
    resource: adapter({ ...httpTarget, http: { target: { url: "https://lab.example/@in?to=a@b&zipcode=1" } } }),
  },
  {
    title: "HL7 v2 from a file of HL7 v2",
    resource: adapter({
      file: { source: { directory: "/in", format: "HL7v2" } },
      emits: [mapped({ hl7v2ToFhir: {} })],
    }),
  },
  { title: "a source that nothing listens for", resource: adapter({ lifecycle: { source: {} }, emits: [visit] }) },
  {
    title: "a media type of JSON",
    resource: adapter({
      ...httpTarget,
      http: { target: { url: "https://lab.example/in", contentType: "application/cloudevents+json" } },
    }),
  },
  {
    title: "originals that go with their repetition",
    resource: adapter({ ...mllpSource, dedupe: { windowSeconds: 60 }, raw: { retentionSeconds: 60 } }),
  },
  {
    title: "an adapter that stands outside on a port of every node, for some addresses",
    resource: adapter(
      exposed({
        type: "NodePort",
        nodePort: 30_100,
        externalTrafficPolicy: "Local",
        annotations: { "metallb.io/address-pool": "clinic" },
        allowedCIDRs: ["10.0.0.0/8", "2001:db8::/32", "::1/128", "192.0.2.7/32", "0.0.0.0/0"],
      }),
    ),
  },
  {
    title: "allowed addresses within the cluster",
    resource: adapter(exposed({ allowedCIDRs: ["10.0.0.0/8"] })),
  },
  {
    title: "amounts as text and as numbers",
    resource: adapter({
      ...mllpSource,
      replicas: 3,
      resources: { requests: { cpu: 1, memory: "1.5Gi" }, limits: { cpu: "1500m", memory: 536_870_912 } },
    }),
  },
  {
    title: "pods that run where others may not",
    resource: adapter({
      ...mllpSource,
      pod: {
        nodeSelector: { "fascia.dev/zone": "dmz" },
        tolerations: [{ key: "dmz", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 }],
        priorityClassName: "clinical",
        imagePullSecrets: [{ name: "registry" }],
      },
      drainTimeoutSeconds: 120,
      deletionPolicy: "Discard",
    }),
  },
  { title: "files that nobody touches for now", resource: adapter({ ...fileTarget, replicas: 0 }) },
  {
    title: "files on a volume that stays",
    resource: adapter({ file: { target: { path: "/var/out/a.ndjson", claimName: "out.0" } }, accepts: [visit] }),
  },
];
