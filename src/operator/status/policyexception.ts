import type { PolicyException } from "../../api/policyexception.ts";
import { daysLeft, endOf, isApproved } from "../../policy/exception/force.ts";
import { type Verdicts, no, withProgress, yes } from "./conditions.ts";
import { firstOf, invalidSpec } from "./facts.ts";

export interface PolicyExceptionFacts {
  /** Undefined where it can't be read. */
  exception: PolicyException | undefined;
  /** What is wrong with it. */
  invalid: string[];
  /** Milliseconds since the epoch. */
  now: number;
}

/** Every condition of a PolicyException: whether it counts, and for how long. */
export function policyExceptionVerdicts({ exception, invalid, now }: PolicyExceptionFacts): Verdicts {
  return withProgress(firstOf(invalidSpec(invalid)) ?? standing(exception, now));
}

function standing(exception: PolicyException | undefined, now: number) {
  if (exception === undefined) return no("Invalid", "it can't be read");
  const { spec } = exception;
  if (now >= endOf(exception, now)) return no("Expired", `it ended on ${spec.expiresOn}: delete it`);
  if (!isApproved(exception)) return no("AwaitingApproval", `nobody has approved it yet; ${remaining(exception, now)}`);
  return yes("InForce", `${remaining(exception, now)}; review it on ${spec.reviewOn}`);
}

const remaining = (exception: PolicyException, now: number): string =>
  `${daysLeft(exception, now)} days left, until ${exception.spec.expiresOn}`;

/** When something else is to be said of it: as another day is over, or it ends. Milliseconds from `now`; undefined: never. */
export function changesAfterMs(exception: PolicyException, now: number): number | undefined {
  const left = endOf(exception, now) - now;
  return left <= 0 ? undefined : left - (daysLeft(exception, now) - 1) * 86_400_000;
}
