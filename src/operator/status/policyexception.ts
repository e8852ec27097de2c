import { DAY_MS } from "../../base/days.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { endOf, isApproved } from "../../compile/exceptionend.ts";
import { daysLeft, endText, leftText } from "../../policy/exception/force.ts";
import { type Verdicts, no, withProgress, yes } from "./conditions.ts";
import { type PolicyFacts, firstOf, invalidSpec, policyDenied } from "./facts.ts";

export interface PolicyExceptionFacts {
  /** Undefined where it can't be read. */
  exception: PolicyException | undefined;
  /** What is wrong with it. */
  invalid: string[];
  /** Undefined: no rule denies it. */
  denied?: PolicyFacts | undefined;
  /** Milliseconds since the epoch. */
  now: number;
}

/** Every condition of a PolicyException: whether it counts, and for how long. */
export function policyExceptionVerdicts({ exception, invalid, denied, now }: PolicyExceptionFacts): Verdicts {
  return withProgress(firstOf(invalidSpec(invalid), policyDenied(denied)) ?? standing(exception, now));
}

function standing(exception: PolicyException | undefined, now: number) {
  if (exception === undefined) return no("Invalid", "it can't be read");
  const { spec } = exception;
  if (now >= endOf(exception, now)) return no("Expired", `it ended on ${endText(exception, now)}: delete it`);
  if (!isApproved(exception)) return no("AwaitingApproval", `nobody has approved it yet; ${remaining(exception, now)}`);
  return yes("InForce", `${remaining(exception, now)}; review it on ${spec.reviewOn}`);
}

const remaining = (exception: PolicyException, now: number): string =>
  `${leftText(exception, now)}, until ${endText(exception, now)}`;

/** When something else is to be said of it: as another day is over, or it ends. Milliseconds from `now`; undefined: never. */
export function changesAfterMs(exception: PolicyException, now: number): number | undefined {
  const left = endOf(exception, now) - now;
  return left <= 0 ? undefined : left - (daysLeft(exception, now) - 1) * DAY_MS;
}
