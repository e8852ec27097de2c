import { everyOne } from "../compile/resources.ts";
import { evaluate } from "./evaluate.ts";
import { precedes } from "./order.ts";
import type { Resource, Rule, Verdict, World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";
import { narrowed } from "./view.ts";

/** A resource of which rules have something to say. */
export interface Judged {
  resource: Resource;
  /** Denials first. */
  verdicts: Verdict[];
}

export interface StateOptions {
  /** Default: every one there is. Those that judge transitions are left out. */
  rules?: readonly Rule[];
  /** Whether `a` is before `b`, where they forbid one another. Default: `precedes`. */
  isBefore?: (a: Resource, b: Resource) => boolean;
}

/**
 * What state rules say about every resource of `world` at the instant `now` (milliseconds since the epoch), as if it were
 * being created then among the others; in the order in which kinds build on one another. Where two resources forbid one
 * another only the later one is denied. The same wherever it is asked: in the operator, by `fascia run`, by
 * `fascia lint`.
 */
export function judgeState(world: World, now: number, options: StateOptions = {}): Judged[] {
  const { rules = [...RULES_ALONE, ...RULES_AMONG], isBefore = precedes } = options;
  const state = rules.filter(({ judges }) => judges === "State");
  const mutual = state.filter(({ isMutual }) => isMutual);
  const oneSided = state.filter(({ isMutual }) => !isMutual);
  return everyOne(world).flatMap((resource): Judged[] => {
    const change = { operation: "CREATE", new: resource, dryRun: false, now } as const;
    const earlier = narrowed(world, resource.kind, (other) => isBefore(other, resource));
    const verdicts = [...evaluate(change, world, oneSided), ...evaluate(change, earlier, mutual)];
    return verdicts.length === 0 ? [] : [{ resource, verdicts: verdicts.toSorted(bySeverity) }];
  });
}

/** `Deny` comes before `Warn`. */
const bySeverity = (a: Verdict, b: Verdict): number => a.severity.localeCompare(b.severity);
