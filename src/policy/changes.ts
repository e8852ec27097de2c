import { isDeepStrictEqual } from "node:util";
import { type Resources, byKind, everyOne } from "../compile/resources.ts";
import { translationFails } from "./compatibility/translations.ts";
import { evaluate } from "./evaluate.ts";
import { asKnownIn, believedIn } from "./ownership/believed.ts";
import { rivalry } from "./rivals.ts";
import type { Change, Resource, Verdict, World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";
import { type Judged, bySeverity } from "./state.ts";

/**
 * What the rules say of applying all of `wanted` to `current` at `now` (milliseconds since the epoch): of each resource as
 * a change of what is there, or as a new one, among all the others as they would be then. Nobody knows who would apply
 * it: rules that ask for that say nothing. What `wanted` lacks is not deleted.
 */
export async function judgeChanges(wanted: Resources, current: World, now: number): Promise<Judged[]> {
  const before = new Map(everyOne(current).map((resource) => [nameOf(resource), resource]));
  const after = new Map(before);
  for (const resource of everyOne(wanted)) after.set(nameOf(resource), applied(resource, before.get(nameOf(resource))));
  const world: World = { ...current, ...byKind(after.values()) };
  const isStanding = standingIn(world, before);
  // What is there is tried, too: what failed before is only warned of.
  const tried = await translationFails(
    [...current.contractVersions, ...world.contractVersions],
    world.contractVersions,
    { isChange: true, isThere: isStanding },
  );
  const { mutual = [], oneSided = [] } = Object.groupBy([...RULES_ALONE, ...RULES_AMONG, tried], ({ contendsFor }) =>
    contendsFor ? "mutual" : "oneSided",
  );
  const isKnownBefore = asKnownIn(current);
  // Of two that forbid one another what stays as it is stands first; of two that are changed together, the earlier one.
  const isBefore = (a: Resource, b: Resource) =>
    isStanding(a) === isStanding(b) ? isKnownBefore(a, b) : isStanding(a);
  const judged: World = { ...world, believed: believedIn(world, now, { isBefore }) };
  const rivalries = mutual.map((rule) => rivalry(rule, judged, isBefore));
  return everyOne(wanted).flatMap((each): Judged[] => {
    const resource = after.get(nameOf(each)) as Resource;
    const old = before.get(nameOf(each));
    const change: Change = { operation: old ? "UPDATE" : "CREATE", old, new: resource, dryRun: true, now };
    const verdicts = [...evaluate(change, judged, oneSided), ...rivalries.flatMap((verdictsOf) => verdictsOf(change))];
    return judgedOf(resource, verdicts);
  });
}

/** Approvals of a directory are believed, as nobody knows who wrote them. */
const COMPARING = RULES_AMONG.filter(({ id, judges }) => judges === "Transition" && id !== "exception/approval");

/**
 * What the rules that compare before and after say of a directory which was `former`, and shall be `wanted` at `now`
 * (milliseconds since the epoch). Of the state that it then is `judgeState` tells.
 */
export function judgeEdits(wanted: World, former: Resources, now: number): Judged[] {
  const before = new Map(everyOne(former).map((resource) => [nameOf(resource), resource]));
  return everyOne(wanted).flatMap((resource) => {
    const old = before.get(nameOf(resource));
    const change: Change = { operation: old ? "UPDATE" : "CREATE", old, new: resource, dryRun: false, now };
    return judgedOf(resource, evaluate(change, wanted, COMPARING));
  });
}

const judgedOf = (resource: Resource, verdicts: Verdict[]): Judged[] =>
  verdicts.length === 0 ? [] : [{ resource, verdicts: verdicts.toSorted(bySeverity) }];

/** Tells of each resource whether its spec is in `before`. */
function standingIn(world: World, before: ReadonlyMap<string, Resource>): (resource: Resource) => boolean {
  const isThere = (resource: Resource) => isDeepStrictEqual(before.get(nameOf(resource))?.spec, resource.spec);
  const standing = new Set(everyOne(world).filter(isThere));
  return (resource) => standing.has(resource);
}

/** What the API server would store: names, uid and age stay, each other spec is another generation. */
function applied(resource: Resource, old: Resource | undefined): Resource {
  if (old === undefined) return resource;
  const { generation } = old.metadata;
  const next = isDeepStrictEqual(old.spec, resource.spec) ? generation : Number(generation ?? 0) + 1;
  const { uid, creationTimestamp } = old.metadata;
  const metadata = { ...resource.metadata, uid, creationTimestamp, generation: next };
  return { ...approvedAs(old, resource), metadata } as Resource;
}

/** Approvals are written in the cluster: to apply a manifest that has none takes none away. */
function approvedAs(old: Resource, resource: Resource): Resource {
  if (old.kind !== "PolicyException" || resource.kind !== "PolicyException") return resource;
  return { ...resource, spec: { approvals: old.spec.approvals, ...resource.spec } };
}

const nameOf = ({ kind, metadata }: Pick<Resource, "kind" | "metadata">): string =>
  `${kind}/${metadata.namespace ?? ""}/${metadata.name}`;
