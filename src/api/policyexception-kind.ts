import { type KindInfo, LAST_COLUMNS, READY_COLUMNS, type Rule } from "./meta.ts";
import { type PolicyException, policyException, policyExceptionSpec } from "./policyexception.ts";

const rules: Rule<PolicyException>[] = [
  {
    rule: "timestamp(self.spec.reviewOn) <= timestamp(self.spec.expiresOn)",
    message: "spec.reviewOn must not be after spec.expiresOn",
    fieldPath: ".spec.reviewOn",
    holds: ({ spec }) => Date.parse(spec.reviewOn) <= Date.parse(spec.expiresOn),
  },
  {
    rule: "!has(self.spec.approvals) || self.spec.approvals.all(a, a.approver != self.spec.requestedBy)",
    message: "who requests an exception can't approve it: spec.approvals must not name spec.requestedBy",
    fieldPath: ".spec.approvals",
    holds: ({ spec }) => (spec.approvals ?? []).every(({ approver }) => approver !== spec.requestedBy),
  },
];

export const policyExceptionKind: KindInfo<PolicyException> = {
  kind: "PolicyException",
  description:
    "Named rules that named resources need not keep for a time, because somebody else than who asked has approved it.",
  plural: "policyexceptions",
  shortNames: ["pex"],
  scope: "Namespaced",
  resource: policyException,
  spec: policyExceptionSpec,
  rules,
  printerColumns: [
    ...READY_COLUMNS,
    { name: "Expires", type: "string", jsonPath: ".spec.expiresOn" },
    { name: "Requested-By", type: "string", jsonPath: ".spec.requestedBy", priority: 1 },
    { name: "Approved-By", type: "string", jsonPath: ".spec.approvals[*].approver", priority: 1 },
    ...LAST_COLUMNS,
  ],
};
