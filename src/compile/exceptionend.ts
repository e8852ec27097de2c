import { DAY_MS } from "../base/days.ts";
import type { PolicyException } from "../api/policyexception.ts";

/** Longer than this nothing is an exception any more. */
export const LONGEST_DAYS = 90;

/**
 * When it ends, milliseconds since the epoch: its deletion ends it, though somebody's finalizer holds it. `now` counts as
 * its creation where it is not created yet.
 */
export function endOf({ metadata, spec }: PolicyException, now: number): number {
  const deleted = metadata.deletionTimestamp === undefined ? Infinity : Date.parse(metadata.deletionTimestamp);
  return Math.min(Date.parse(spec.expiresOn), latestEnd(metadata["creationTimestamp"], now), deleted);
}

/** The latest end that an exception created then may have. */
export function latestEnd(creationTimestamp: unknown, now: number): number {
  const created = typeof creationTimestamp === "string" ? Date.parse(creationTimestamp) : now;
  return created + LONGEST_DAYS * DAY_MS;
}

export const isApproved = ({ spec }: PolicyException): boolean =>
  (spec.approvals ?? []).some(({ approver }) => approver !== spec.requestedBy);
