import { z } from "zod";
import { API_VERSION, elementPath, label, listByKeys, metadata, owner, resourceType, setOf } from "./meta.ts";

const adapterName = z.strictObject({
  namespace: label.describe("Namespace of the Adapter."),
  name: label.describe("Name of the Adapter."),
});

const system = z.strictObject({
  system: label.describe("The system, as Adapters name it in `spec.system`, e.g. `ehr`."),
  adapters: listByKeys(adapterName, "namespace", "name")
    .min(1)
    .max(64)
    .describe("Who may act as the system. An Adapter that is not named here and claims the system is refused."),
});

const field = z.strictObject({
  path: elementPath.describe(
    "The element, with everything below it, e.g. `Patient.telecom`. Lists on the way are meant whole.",
  ),
  primary: label.describe("The system that owns it. It may belong to another domain."),
});

const writePath = z.strictObject({
  contract: label.describe("Contract by which it is written back."),
  namespace: label.describe("Namespace of the Adapter."),
  adapter: label.describe("Name of the Adapter that it is delivered to."),
});

/** The strictest first: of several in one message that one counts. */
export const ON_CONFLICT = ["Reject", "Quarantine", "Strip"] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

const entity = z.strictObject({
  entity: resourceType.describe("FHIR resource type, e.g. `Patient`, as contracts name it in `spec.fhir.resources`."),
  primary: label.describe("The system that owns it, one of `spec.systems`: Adapters of others may not emit it."),
  fields: listByKeys(field, "path")
    .min(1)
    .max(64)
    .optional()
    .describe(
      "Elements that other systems own. These may emit the entity for their sake; what becomes of the rest, `onConflict` says.",
    ),
  onConflict: z
    .enum(ON_CONFLICT)
    .default("Quarantine")
    .describe(
      "What becomes of a FHIR message that says of the entity what its sender does not own. Reject: the sender is told no. Quarantine: it is put aside. Strip: it goes on without what is foreign.",
    ),
  consumers: setOf(label)
    .max(256)
    .optional()
    .describe("Systems that it may be delivered to, beside its primary one. Default: every system."),
  writePaths: listByKeys(writePath, "contract", "namespace", "adapter")
    .max(64)
    .optional()
    .describe("By which ways it may be written back, into Adapters that act as its primary system. Default: any."),
});

const changeWindow = z.strictObject({
  schedule: z
    .string()
    .regex(/^\S+( \S+){4}$/, "must be a cron schedule of five fields, e.g. `0 22 * * 2`")
    .max(128)
    .describe("When it opens, as cron has it: minute, hour, day of month, month, day of week."),
  durationMinutes: z.int().min(1).max(10_080).describe("For how long it is open."),
  timeZone: z.string().min(1).max(64).default("UTC").describe("IANA time zone of the schedule, e.g. `Europe/Berlin`."),
});

export const dataDomainSpec = z.strictObject({
  owner,
  description: z.string().max(2048).optional().describe("What data this domain answers for, for people."),
  minDeprecationDays: z
    .int()
    .min(0)
    .max(3650)
    .optional()
    .describe("Days that users of a ContractVersion of this domain have at least, from when its sunset is announced."),
  changeWindows: z
    .array(changeWindow)
    .min(1)
    .max(16)
    .optional()
    .describe(
      "When contracts that are in use, and the Adapters and Integrations that use them, may be changed. Default: always.",
    ),
  systems: listByKeys(system, "system")
    .max(256)
    .optional()
    .describe("The systems of this domain, and which Adapters act as them. A system belongs to one domain."),
  entities: listByKeys(entity, "entity")
    .max(64)
    .optional()
    .describe("Which system owns what, and who may receive it. An entity belongs to one domain."),
});

export const dataDomain = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("DataDomain"),
  metadata,
  spec: dataDomainSpec,
});
export type DataDomain = z.infer<typeof dataDomain>;
export type DataDomainSpec = z.infer<typeof dataDomainSpec>;
export type ChangeWindow = z.infer<typeof changeWindow>;
export type EntityOwnership = z.infer<typeof entity>;
export type WritePath = z.infer<typeof writePath>;
export type SystemClaim = z.infer<typeof system>;
