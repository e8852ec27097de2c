import { z } from "zod";
import {
  API_VERSION,
  expression,
  label,
  level,
  listByKeys,
  metadata,
  objectName,
  owner,
  setOf,
  version,
} from "./meta.ts";
import { fileTransport } from "./adapter-file.ts";
import { fhirTransport, httpTransport } from "./adapter-http.ts";
import { lifecycleTransport } from "./adapter-lifecycle.ts";
import { mllpTransport } from "./adapter-mllp.ts";
import { type withoutWorkload, workloadFields } from "./adapter-workload.ts";

const mappingVersion = z
  .string()
  .min(1)
  .max(64)
  .describe("Version of this mapping; lineage names it with every message.");

const emitsMapping = z.strictObject({
  version: mappingVersion,
  hl7v2ToFhir: z
    .strictObject({})
    .optional()
    .describe("The built-in mapping by the HL7 v2-to-FHIR implementation guide: ADT to a Bundle of FHIR R4 resources."),
  jsonata: expression
    .optional()
    .describe(
      'Expression over the message (`$`; HL7 v2 as a list of segments such as `{"segment": "PID", "3.1": "100001"}`) and `$message` (its metadata); its result is the payload.',
    ),
});

const acceptsMapping = z.strictObject({
  version: mappingVersion,
  fhirToHl7v2: z
    .strictObject({
      version: z.enum(["2.3", "2.5.1"]).describe("HL7 version that the receiver reads, for MSH-12."),
      sendingApplication: z.string().max(180).default("FASCIA").describe("MSH-3."),
      sendingFacility: z.string().max(180).optional().describe("MSH-4."),
      receivingApplication: z.string().max(180).optional().describe("MSH-5."),
      receivingFacility: z.string().max(180).optional().describe("MSH-6."),
    })
    .optional()
    .describe("The built-in mapping back from the FHIR Bundle to an ADT message; for an mllp target."),
  jsonata: expression
    .optional()
    .describe(
      'Expression over the payload (`$`) and `$message` (its metadata); its result is what the system receives: JSON, and for an mllp target HL7 v2 as a list of segments such as `{"segment": "PID", "3.1": "100001"}`.',
    ),
});

const emits = z.strictObject({
  contract: label.describe("Contract that the system's messages become."),
  version: version.describe("Version of the contract."),
  events: setOf(
    z
      .string()
      .regex(/^[A-Za-z0-9_-]+$/, "must be letters, digits, `_` and `-`, e.g. `A01`")
      .max(64),
  )
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Events that become this contract: the trigger events of HL7 v2 (MSH-9.2), e.g. `A01`, or what `event` yields. Default: every event.",
    ),
  event: expression
    .optional()
    .describe(
      "Expression over the message as it came (`$`, as in `mapping.jsonata`, without `$message`) that yields its event, a text; where it yields none the event is `message`. Default: MSH-9.2 for HL7 v2, `message` for JSON.",
    ),
  key: expression
    .optional()
    .describe(
      "Expression over the payload (`$`, without `$message`) that yields the key or keys whose messages keep their order. Default: the patient's identifier for FHIR, none for JSON: its messages keep no order.",
    ),
  mapping: emitsMapping
    .optional()
    .describe(
      "From the system's dialect to the contract. Default: the message is the payload, HL7 v2 as a list of segments.",
    ),
});

const accepts = z.strictObject({
  contract: label.describe("Contract that the system can receive."),
  version: version.describe("Version that it can receive; messages of neighbouring versions are translated."),
  mapping: acceptsMapping
    .optional()
    .describe("From the contract to the system's dialect. Default: the payload as it is."),
});

const dedupe = z.strictObject({
  windowSeconds: z
    .int()
    .min(1)
    .max(604_800)
    .default(7200)
    .describe(
      "For how long a repeated message is recognised, by sender and control id or by Idempotency-Key. Restarts do not shorten it.",
    ),
  onReuse: z
    .enum(["Accept", "Reject"])
    .default("Accept")
    .describe(
      "What becomes of another message under a control id (or Idempotency-Key) that was used already: `Accept` takes it as a new message and counts it, `Reject` refuses it (AR, HTTP 409).",
    ),
});

const raw = z.strictObject({
  retentionSeconds: z
    .int()
    .min(60)
    .max(31_536_000)
    .default(259_200)
    .describe("How long original messages are kept after they were normalised; never less than dedupe.windowSeconds."),
  maxBytes: z
    .int()
    .min(1_048_576)
    .default(1_073_741_824)
    .describe(
      "Most that the stream of original messages holds, bytes. When it is full senders are told to try later (AE, HTTP 503).",
    ),
});

/** What a system takes for granted of its HL7 v2 messages. */
export const dialectFields = {
  charset: z
    .string()
    .max(40)
    .optional()
    .describe(
      "Character set of HL7 v2 messages whose MSH-18 says nothing, as table 0211 names it, e.g. `8859/1`. Default: as its class says, else UTF-8.",
    ),
  timeZone: z
    .string()
    .max(64)
    .optional()
    .describe(
      "IANA time zone of HL7 v2 times without an offset, e.g. `Europe/Berlin`. Default: as its class says, else UTC.",
    ),
};

export const adapterSpec = z.strictObject({
  system: label.describe("The system that this adapter connects, e.g. `ehr`."),
  owner,
  class: objectName
    .optional()
    .describe("AdapterClass whose requirements hold for this adapter. Default: the default class, if there is one."),
  serviceLevel: label
    .optional()
    .describe(
      "What its owner promises, by the name that the hospital has for it, e.g. `24x7`. Its AdapterClass may say which there are.",
    ),
  description: z.string().max(2048).optional().describe("What the system is to the hospital, for people."),
  mllp: mllpTransport.optional().describe("HL7 v2 over MLLP (HL7 v2 transport specification, release 1)."),
  fhir: fhirTransport.optional().describe("FHIR R4 RESTful API."),
  http: httpTransport.optional().describe("JSON over HTTP: a webhook as source, a service as target."),
  file: fileTransport.optional().describe("Files in a directory: read as source, appended to as target."),
  lifecycle: lifecycleTransport
    .optional()
    .describe("What becomes of contract versions, as a source of messages like any other."),
  emits: z
    .array(emits)
    .min(1)
    .max(64)
    .optional()
    .describe("What a source publishes. A message that no entry takes goes to quarantine."),
  accepts: listByKeys(accepts, "contract", "version").min(1).max(64).optional().describe("What a target can receive."),
  clearance: level
    .default("Internal")
    .describe(
      "Highest sensitivity that the system may receive, from `Public` over `Internal` and `Confidential` to `Restricted`; of elements above it, it gets what `minimise` of the ContractVersion says.",
    ),
  ...dialectFields,
  dedupe: dedupe.prefault({}).describe("How repeated messages are recognised."),
  raw: raw.prefault({}).describe("How original messages are kept."),
  ...workloadFields,
});

export const adapter = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Adapter"),
  metadata,
  spec: adapterSpec,
});
export type Adapter = z.infer<typeof adapter>;
export type AdapterSpec = z.infer<typeof adapterSpec>;
/** What of an Adapter's spec the adapter itself is to know; the rest concerns only its pods. */
export type RunSpec = ReturnType<typeof withoutWorkload<AdapterSpec>>;
export type Emits = z.infer<typeof emits>;
export type Accepts = z.infer<typeof accepts>;

/** What an Adapter's halves are told by. */
type Transports = Pick<AdapterSpec, "mllp" | "fhir" | "http" | "file" | "lifecycle">;

export const hasSource = (spec: Transports): boolean =>
  [spec.mllp?.source, spec.http?.source, spec.file?.source, spec.lifecycle?.source].some(
    (source) => source !== undefined,
  );

export const hasTarget = (spec: Transports): boolean =>
  [spec.mllp?.target, spec.fhir?.target, spec.http?.target, spec.file?.target].some((target) => target !== undefined);
