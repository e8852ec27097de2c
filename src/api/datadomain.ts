import { z } from "zod";
import { API_VERSION, label, listByKeys, metadata, owner } from "./meta.ts";

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

export const dataDomainSpec = z.strictObject({
  owner,
  description: z.string().max(2048).optional().describe("What data this domain answers for, for people."),
  minDeprecationDays: z
    .int()
    .min(0)
    .max(3650)
    .optional()
    .describe("Days that users of a ContractVersion of this domain have at least, from when its sunset is announced."),
  systems: listByKeys(system, "system")
    .max(256)
    .optional()
    .describe("The systems of this domain, and which Adapters act as them. A system belongs to one domain."),
});

export const dataDomain = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("DataDomain"),
  metadata,
  spec: dataDomainSpec,
});
export type DataDomain = z.infer<typeof dataDomain>;
export type DataDomainSpec = z.infer<typeof dataDomainSpec>;
export type SystemClaim = z.infer<typeof system>;
