import { FIELDS, everyOne } from "../compile/resources.ts";
import { evaluate, verdictsOn } from "./evaluate.ts";
import { precedes } from "../compile/order.ts";
import { type Precedence, believedIn } from "./ownership/believed.ts";
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
  const mutual = state.filter(({ isMutual }) => isMutual);
  const oneSided = state.filter(({ isMutual }) => !isMutual);
  const judged: World = { ...world, believed: believedIn(world, now, options) };
  const earlier = earlierOf(judged, isBefore);
  return (kind ? world[FIELDS[kind]] : everyOne(world)).flatMap((resource): Judged[] => {
    const change = { operation: "CREATE", new: resource, dryRun: false, now } as const;
    const verdicts = [
      ...evaluate(change, judged, oneSided),
      ...verdictsOn(change, earlier(resource), mutual, world.policyExceptions),
    ];
    return verdicts.length === 0 ? [] : [{ resource, verdicts: verdicts.toSorted(bySeverity) }];
  });
}

/** Tells of each resource the world in which, of its own kind, there are only those before it. */
function earlierOf(world: World, isBefore: (a: Resource, b: Resource) => boolean): (resource: Resource) => World {
  const inOrder = new Map<string, Resource[]>();
  const places = new Map<Resource, number>();
  for (const [kind, field] of Object.entries(FIELDS)) {
    const sorted = (world[field] as Resource[]).toSorted((a, b) => (isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0));
    inOrder.set(kind, sorted);
    sorted.forEach((resource, place) => places.set(resource, place));
  }
  return (resource) => {
    const earlier = inOrder.get(resource.kind)?.slice(0, places.get(resource)) ?? [];
    return { ...world, [FIELDS[resource.kind]]: earlier };
  };
}

/** `Deny` comes before `Warn`. */
export const bySeverity = (a: Verdict, b: Verdict): number => a.severity.localeCompare(b.severity);
