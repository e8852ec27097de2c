import { z } from "zod";
import { DRIFT_KINDS, driftPosition } from "./drift.ts";
import { instant, label, objectName } from "./meta.ts";

export const PHASES = ["Draft", "Active", "Deprecated", "Sunset", "Retired"] as const;
export type Phase = (typeof PHASES)[number];

/** So many stand in status; with schema and all an object stays far below what etcd takes. */
export const MAX_USES = 4096;

const contractUse = z.strictObject({
  kind: z.enum(["Adapter", "Integration"]).describe("Kind of the resource."),
  namespace: label.describe("Its namespace."),
  name: objectName.describe("Its name."),
  uid: z.string().min(1).max(64).describe("Its uid: another resource of the same name is another user."),
  since: instant.describe("Since when it is known to use the version."),
});
export type ContractUse = z.infer<typeof contractUse>;

const exemption = contractUse.pick({ kind: true, namespace: true, name: true });
export type Exemption = z.infer<typeof exemption>;

export const contractUses = z.array(contractUse).max(MAX_USES);

/** So many positions stand in status, those of the highest counts; of each so many Adapters. */
export const MAX_DRIFT = 20;
export const MAX_DRIFT_ADAPTERS = 16;

const seenDrift = z.strictObject({
  kind: z.enum(DRIFT_KINDS).describe("What the version does not know: a segment, a field or member, a code, a value."),
  position: driftPosition.describe(
    "Where it stands, e.g. `ZPI`, `PID-30`, `Patient.*`: a path of structure, with `*` for names that senders chose. Never a value.",
  ),
  count: z.int().min(1).describe("How many messages had it since it was seen first."),
  firstSeen: instant.describe("When it was seen first."),
  lastSeen: instant.describe("When it was seen last; a week later it is forgotten."),
  message: z.string().max(200).describe("Id of the message that had it last, for `fascia trace`."),
  adapters: z
    .array(z.string().max(317))
    .max(MAX_DRIFT_ADAPTERS)
    .describe("Adapters that saw it, as `<namespace>/<name>`, sorted."),
});
export type SeenDrift = z.infer<typeof seenDrift>;

/** What a ContractVersion's status says beside its conditions. Only the operator writes it. */
export const contractVersionStatus = {
  phase: z.enum(PHASES).optional().describe("Where it is in its life, by `spec.lifecycle` and the time."),
  useCount: z.int().min(0).max(1_000_000).optional().describe("How many resources use it."),
  daysLeft: z.int().min(0).max(10_000_000).optional().describe("Days until its sunset, begun ones counted as whole."),
  driftCount: z
    .int()
    .min(0)
    .max(1_000_000)
    .optional()
    .describe("At how many positions messages have what the version does not know."),
  drift: z
    .array(seenDrift)
    .max(MAX_DRIFT)
    .optional()
    .describe("What messages have that the version does not know, most frequent first."),
  exempted: z
    .array(exemption)
    .max(MAX_USES)
    .optional()
    .describe("Which resources may begin to use it all the same, by a PolicyException in force."),
  uses: contractUses.optional().describe("Which resources use it: existing use, as long as it is deprecated."),
};
