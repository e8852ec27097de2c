import { z } from "zod";
import { API_VERSION, instant, listByKeys, metadata, objectName, setOf } from "./meta.ts";

/** A user as Kubernetes' authentication names them, e.g. `ada@hospital.example` or `system:serviceaccount:team:flux`. */
const username = z.string().min(1).max(253);

const covered = z.strictObject({
  kind: z
    .enum(["DataDomain", "AdapterClass", "ContractVersion", "Adapter", "Integration"])
    .describe("Kind of the resource. Of one in a namespace, that of this exception is meant."),
  name: objectName.describe("Name of the resource."),
});

const approval = z.strictObject({
  approver: username.describe("User who approves; only they can write it."),
});

export const policyExceptionSpec = z.strictObject({
  requestedBy: username.describe("User who asks for it: whoever creates the resource. They can't approve it."),
  reason: z.string().min(1).max(2048).describe("Why the rule can't be kept, and what is done so that it will be."),
  rules: setOf(
    z
      .string()
      .regex(/^[a-z-]+\/[a-z-]+$/, "must be the id of a rule, e.g. `lifecycle/new-use`")
      .max(64),
  )
    .min(1)
    .max(16)
    .describe("Ids of the rules that need not be kept, e.g. `ownership/system-claim`."),
  resources: listByKeys(covered, "kind", "name").min(1).max(64).describe("Resources that need not keep them."),
  expiresOn: instant.describe("When it ends, at most 90 days after it was created. The rules hold again from then on."),
  reviewOn: instant.describe("When somebody looks whether it is still needed."),
  approvals: listByKeys(approval, "approver")
    .max(8)
    .optional()
    .describe(
      "Who has approved it. It counts from the first approval on. Each is added by the approver's own update, who needs the verb `approve` on policyexceptions.",
    ),
});

export const policyException = z.strictObject({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("PolicyException"),
  metadata,
  spec: policyExceptionSpec,
});
export type PolicyException = z.infer<typeof policyException>;
export type PolicyExceptionSpec = z.infer<typeof policyExceptionSpec>;
