import type { AuditRecord, AuditedResource, AuditedRule } from "../../api/audit.ts";
import type { Verdict } from "../rule.ts";

/** What is known of a judgement beside its verdicts. */
export type Circumstances = Omit<AuditRecord, "verdict" | "count" | "rules">;

const MAX_RULES = 20;
const MAX_GROUPS = 20;
const MAX_TEXT = 256;

/**
 * What is to be recorded of `verdicts`: the denials, or where there are none the exceptions that were used; undefined where
 * there is neither. Whoever reaches the webhook may send anything, so every text and list is bounded.
 */
export function auditOf(circumstances: Circumstances, verdicts: readonly Verdict[]): AuditRecord | undefined {
  const denials = verdicts.filter(({ severity }) => severity === "Deny");
  const told = denials.length > 0 ? denials : verdicts.filter(({ exception }) => exception !== undefined);
  if (told.length === 0) return undefined;
  const { user, request, operation, resource, ...rest } = circumstances;
  return {
    verdict: denials.length > 0 ? "Denied" : "AllowedByException",
    ...rest,
    count: 1,
    ...(user && { user: { name: bounded(user.name), groups: user.groups.slice(0, MAX_GROUPS).map(bounded) } }),
    ...(request !== undefined && { request: bounded(request) }),
    ...(operation !== undefined && { operation: bounded(operation) }),
    resource: boundedResource(resource),
    rules: told.slice(0, MAX_RULES).map(ruleOf),
  };
}

/** The parts that are there, each bounded. */
export const boundedResource = ({ kind, namespace, name, uid, generation }: AuditedResource): AuditedResource => ({
  kind: bounded(kind),
  ...(namespace !== undefined && { namespace: bounded(namespace) }),
  name: bounded(name),
  ...(uid !== undefined && { uid: bounded(uid) }),
  ...(generation !== undefined && { generation }),
});

const ruleOf = ({ rule, path, exception }: Verdict): AuditedRule => ({
  rule,
  path: bounded(path),
  ...(exception && { exception }),
});

const bounded = (text: string): string =>
  text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1).toWellFormed()}…` : text.toWellFormed();
