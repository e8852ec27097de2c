import { FIELDS, everyOne } from "../compile/resources.ts";
import { evaluate } from "./evaluate.ts";
import { precedes } from "../compile/order.ts";
import { type Precedence, believedIn } from "./ownership/believed.ts";
import { rivalry } from "./rivals.ts";
import type { Resource, Rule, Verdict, World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";

/** A resource of which rules have something to say. */
export interface Judged {
  resource: Resource;
  /** Denials first. */
  verdicts: Verdict[];
}

export interface StateOptions extends Precedence {
  /** Default: every one there is. Those that judge transitions are left out. */
  rules?: readonly Rule[];
  /** Default: resources of every kind are judged. */
  kind?: Resource["kind"];
}

/**
 * What state rules say about every resource of `world` at the instant `now` (milliseconds since the epoch), as if it were
 * being created then among the others; in the order in which kinds build on one another. Where two resources forbid one
 * another only the later one is denied. The same wherever it is asked: in the operator, by `fascia run`, by
 * `fascia lint`.
 */
export function judgeState(world: World, now: number, options: StateOptions = {}): Judged[] {
  const { rules = [...RULES_ALONE, ...RULES_AMONG], isBefore = precedes, kind } = options;
  const state = rules.filter(({ judges }) => judges === "State");
  const oneSided = state.filter(({ contendsFor }) => contendsFor === undefined);
  const judged: World = { ...world, believed: believedIn(world, now, { ...options, isBefore }) };
  const mutual = state.filter(({ contendsFor }) => contendsFor).map((rule) => rivalry(rule, judged, isBefore));
  return (kind ? world[FIELDS[kind]] : everyOne(world)).flatMap((resource): Judged[] => {
    const change = { operation: "CREATE", new: resource, dryRun: false, now } as const;
    const verdicts = [...evaluate(change, judged, oneSided), ...mutual.flatMap((verdictsOf) => verdictsOf(change))];
    return verdicts.length === 0 ? [] : [{ resource, verdicts: verdicts.toSorted(bySeverity) }];
  });
}

/** `Deny` comes before `Warn`. */
export const bySeverity = (a: Verdict, b: Verdict): number => a.severity.localeCompare(b.severity);
