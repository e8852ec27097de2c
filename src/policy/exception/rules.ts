import { namespaceOf } from "../../api/objectmeta.ts";
import { isDeepStrictEqual } from "node:util";
import type { PolicyException, PolicyExceptionSpec } from "../../api/policyexception.ts";
import { LONGEST_DAYS, latestEnd } from "../../compile/exceptionend.ts";
import { holds } from "../authority/rights.ts";
import { type Change, type Finding, RULE_IDS, type Rule } from "../rule.ts";
import { NAMESPACED, isExceptable } from "./force.ts";

/** What has no end is no exception. */
export const TOO_LONG: Rule = {
  id: "exception/too-long",
  judges: "State",
  check({ new: resource, now }) {
    if (resource?.kind !== "PolicyException") return [];
    const latest = latestEnd(resource.metadata["creationTimestamp"], now);
    if (Date.parse(resource.spec.expiresOn) <= latest) return [];
    const message = `an exception ends ${LONGEST_DAYS} days after it was created at the latest: write ${new Date(latest).toISOString().replace(/\.\d+/, "")} or earlier`;
    return [{ severity: "Deny", path: "spec.expiresOn", message }];
  },
};

/** An exception that is misspelt would be taken for one. */
export const UNKNOWN_RULE: Rule = {
  id: "exception/unknown-rule",
  judges: "State",
  check({ new: resource }) {
    if (resource?.kind !== "PolicyException") return [];
    return resource.spec.rules.flatMap((id, i): Finding[] => {
      const path = `spec.rules[${i}]`;
      if (!RULE_IDS.some((known) => known === id))
        return [{ severity: "Deny", path, message: `there is no rule ${id}: docs/policies.md lists all of them` }];
      if (isExceptable(id)) return [];
      return [{ severity: "Deny", path, message: `there is no exception from ${id}: leave it out` }];
    });
  },
};

/** Approved is what was read: anything else would be another exception under an old approval. */
export const CHANGED: Rule = {
  id: "exception/changed",
  judges: "Transition",
  check({ old, new: resource }) {
    if (old?.kind !== "PolicyException" || resource?.kind !== "PolicyException") return [];
    return FIXED.flatMap((field): Finding[] => {
      if (isDeepStrictEqual(old.spec[field], resource.spec[field])) return [];
      const message = `${field} of an exception does not change, as its approval is for what it says: create another one`;
      return [{ severity: "Deny", path: `spec.${field}`, message }];
    });
  },
};

const FIXED = ["requestedBy", "reason", "rules", "resources", "expiresOn", "reviewOn"] as const satisfies Exclude<
  keyof PolicyExceptionSpec,
  "approvals"
>[];

/** Who asks is who says so: an author under another name could approve their own. */
export const REQUESTED_BY: Rule = {
  id: "exception/requested-by",
  judges: "Transition",
  check({ operation, new: resource, user }) {
    if (operation !== "CREATE" || resource?.kind !== "PolicyException" || user === undefined) return [];
    if (resource.spec.requestedBy === user.name) return [];
    const message = `you are ${user.name}: write that, for who requests an exception is who creates it`;
    return [{ severity: "Deny", path: "spec.requestedBy", message }];
  },
};

/** An approval is an update of its own, by nobody but the approver. */
export const APPROVAL: Rule = {
  id: "exception/approval",
  judges: "Transition",
  check({ old, new: resource, user }) {
    if (resource?.kind !== "PolicyException") return [];
    const before = old?.kind === "PolicyException" ? (old.spec.approvals ?? []) : [];
    const known = new Set(before.map(({ approver }) => approver));
    return (resource.spec.approvals ?? []).flatMap(({ approver }, i): Finding[] => {
      const fault = known.has(approver) ? undefined : faultOf(approver, { resource, isNew: old === undefined, user });
      return fault === undefined ? [] : [{ severity: "Deny", path: `spec.approvals[${i}].approver`, message: fault }];
    });
  },
};

interface Asking {
  resource: PolicyException;
  isNew: boolean;
  user: Change["user"];
}

function faultOf(approver: string, { resource, isNew, user }: Asking): string | undefined {
  if (isNew)
    return "an approval is an update of its own: create the exception without, and have somebody else approve it";
  // Who would apply a manifest nobody knows.
  if (user === undefined) return undefined;
  if (approver !== user.name) return `you are ${user.name}, and can approve for nobody else`;
  if (approver === resource.spec.requestedBy) return "who requests an exception can't approve it";
  const missing = approvalRights(resource).find((right) => !holds(user, right));
  if (missing === undefined) return undefined;
  const where = missing.namespace === undefined ? "in all namespaces" : `in namespace ${missing.namespace}`;
  return `${approver} may not approve exceptions ${where}: that takes the verb approve on policyexceptions.fascia.dev`;
}

/** What an approver of `exception` must be allowed to: what is in no namespace takes a right in all of them. */
export function approvalRights({ metadata, spec }: PolicyException) {
  const isClusterWide = spec.resources.some(({ kind }) => !NAMESPACED.has(kind));
  const right = { verb: "approve", resource: "policyexceptions", name: metadata.name } as const;
  return [{ ...right, ...(!isClusterWide && { namespace: namespaceOf({ metadata }) }) }];
}
