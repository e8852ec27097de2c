import type { Change } from "../rule.ts";

/**
 * Something that RBAC may allow a user, with verbs of our own: a SubjectAccessReview of group fascia.dev asks for it, an
 * ordinary Role grants it.
 */
export interface Right {
  verb: "approve" | "steward" | "use";
  resource: "policyexceptions" | "datadomains" | "adapterclasses";
  /** Undefined: in all namespaces, or of a kind that is in none. */
  namespace?: string;
  name: string;
}

export const rightId = ({ verb, resource, namespace = "*", name }: Right): string =>
  `${verb} ${resource} ${namespace}/${name}`;

/** Whether `user` was found to have it. What was not asked for is not held. */
export const holds = ({ rights }: NonNullable<Change["user"]>, right: Right): boolean =>
  rights?.has(rightId(right)) === true;
