import { z } from "zod";
import {
  API_VERSION,
  elementPath,
  expression,
  instant,
  label,
  level,
  listByKeys,
  metadata,
  owner,
  resourceType,
  setOf,
  version,
} from "./meta.ts";

/** A JSON Schema (2020-12), kept as it is written. */
const jsonSchema = z.record(z.string(), z.unknown());

const jsonPatchOperation = z.strictObject({
  op: z.enum(["add", "remove", "replace", "move", "copy", "test"]).describe("What to do (RFC 6902, section 4)."),
  path: z.string().max(1024).describe("JSON Pointer (RFC 6901)."),
  from: z.string().max(1024).optional().describe("JSON Pointer; for `move` and `copy`."),
  value: z.unknown().optional().describe("For `add`, `replace` and `test`."),
});

const translation = z.strictObject({
  from: version.optional().describe("Translate messages of this version into the version declared here."),
  to: version.optional().describe("Translate messages of the version declared here into this version."),
  patch: z.array(jsonPatchOperation).max(256).optional().describe("JSON Patch (RFC 6902), applied to the payload."),
  jsonata: expression
    .optional()
    .describe("JSONata expression over the payload (`$`) whose result is the translated payload."),
});

/** What a value may be made of that says less: docs/policies.md, `sensitivity/not-minimised`. */
const GENERALISATIONS = ["Year", "Month", "BirthYear", "AgeTo90", "Zip3"] as const;
export type Generalisation = (typeof GENERALISATIONS)[number];

const sensitivity = z.strictObject({
  path: elementPath.describe(
    "Element path: `Patient.telecom` in FHIR, `member.ssn` in JSON. Lists on the way are meant whole.",
  ),
  level: level.describe("Clearance that an Adapter needs to receive the element."),
  minimise: z
    .enum(["Remove", "Tokenise", "Generalise"])
    .optional()
    .describe(
      "What receivers with less clearance get: nothing, a stable token in place of each value, or something more general. While this is not said they get nothing, and an Adapter with less clearance may not accept the version.",
    ),
  generaliseTo: z
    .enum(GENERALISATIONS)
    .optional()
    .describe(
      "For `Generalise`: `Year` or `Month` of a date, `BirthYear` of one who is younger than 90, `AgeTo90` of an age, the first three digits of a ZIP code (`Zip3`). A value that has no such form is removed.",
    ),
});

const example = z.strictObject({
  name: label.describe("Name of the example, e.g. `admission`; told where it fails."),
  payload: z
    .unknown()
    .describe("A payload as a message carries it, up to 64 KiB of JSON. Invented: never what was said of a person."),
});

const lifecycle = z.strictObject({
  publishedOn: instant
    .optional()
    .describe("From here on it is Active and never changes. Before, and without it, it is a Draft."),
  deprecatedOn: instant
    .optional()
    .describe("From here on it is Deprecated: nobody may begin to use it, and who uses it is warned."),
  sunsetOn: instant.optional().describe("From here on it is at its Sunset: nobody should use it any more."),
  retiredOn: instant
    .optional()
    .describe("From here on it is Retired. The present or past is refused while anything uses it."),
});

export const contractVersionSpec = z.strictObject({
  contract: label.describe("Name of the contract, e.g. `patient-admission`."),
  version: version.describe("Semantic version of the contract, e.g. `1.0.0`."),
  domain: label.describe("Data domain whose hub stream carries the messages, e.g. `registration`."),
  owner,
  description: z.string().max(2048).optional().describe("What a message of this contract says, for people."),
  fhir: z
    .strictObject({
      release: z.enum(["R4"]).default("R4").describe("FHIR release of the payload."),
      resources: setOf(resourceType)
        .min(1)
        .max(64)
        .describe("Resource types that a Bundle of this contract may hold; another type is refused."),
      schema: jsonSchema.optional().describe("JSON Schema that the Bundle must satisfy as well."),
    })
    .optional()
    .describe("The payload is a FHIR Bundle."),
  json: z
    .strictObject({ schema: jsonSchema.describe("JSON Schema (2020-12) of the payload.") })
    .optional()
    .describe("The payload is a JSON document."),
  sensitivity: listByKeys(sensitivity, "path")
    .max(256)
    .optional()
    .describe(
      "Elements that not every receiver may see. Adapters whose `clearance` is lower get them as `minimise` says.",
    ),
  translations: z
    .array(translation)
    .max(16)
    .optional()
    .describe("How to turn messages of neighbouring versions into this one and back."),
  examples: listByKeys(example, "name")
    .max(16)
    .optional()
    .describe(
      "Payloads of this version. Each must satisfy its own schema, and what translations to and from neighbouring versions make of it must satisfy theirs.",
    ),
  compatibility: z
    .enum(["Backward", "Forward", "Full", "None"])
    .optional()
    .describe(
      "What this version promises beside the highest lower one of its major: Backward: it takes what that one's messages may hold; Forward: that one takes what this one's may hold; Full: both. Whoever breaks what is written here is refused; without it, Backward is compared and only warned of.",
    ),
  lifecycle: lifecycle
    .optional()
    .describe(
      "When it is a Draft, Active, Deprecated, at its Sunset and Retired; the phase follows from the time. Without this it is Active.",
    ),
  replacedBy: version
    .optional()
    .describe("Version of the same contract to use instead, e.g. `2.0.0`; named in every warning."),
  afterSunset: z
    .enum(["Warn", "Block"])
    .optional()
    .describe(
      "What becomes of those that still use it after its sunset. Warn, the default: they go on, and are told. Block: their messages wait, in order, until a PolicyException extends the window or they use another version. Once it is Retired they wait in any case.",
    ),
});

export const contractVersion = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("ContractVersion"),
  metadata,
  spec: contractVersionSpec,
});
export type ContractVersion = z.infer<typeof contractVersion>;
export type ContractVersionSpec = z.infer<typeof contractVersionSpec>;
export type Translation = z.infer<typeof translation>;
export type Example = z.infer<typeof example>;
export type Lifecycle = z.infer<typeof lifecycle>;
export type Sensitivity = z.infer<typeof sensitivity>;
