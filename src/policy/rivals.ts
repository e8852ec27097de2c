import { FIELDS, everyOne } from "../compile/resources.ts";
import { verdictsOn } from "./evaluate.ts";
import type { Change, Resource, Rule, Verdict, World } from "./rule.ts";

/** Whether `a` is before `b`, where they forbid one another. */
export type IsBefore = (a: Resource, b: Resource) => boolean;

/**
 * Tells of a change of what is in `world` what `rule` says of its new resource beside those before it that it contends
 * with: where two forbid one another only the later one is denied.
 */
export function rivalry(rule: Rule, world: World, isBefore: IsBefore): (change: Change) => Verdict[] {
  const contenders = new Map<string, Resource[]>();
  const nobody: Partial<Record<keyof World, Resource[]>> = {};
  for (const resource of everyOne(world))
    for (const { as } of rule.contendsFor?.(resource, world) ?? []) {
      nobody[FIELDS[resource.kind]] = [];
      const others = contenders.get(as);
      if (others === undefined) contenders.set(as, [resource]);
      else others.push(resource);
    }
  return (change) => {
    const { new: resource } = change;
    if (resource === undefined) return [];
    const contentions = rule.contendsFor?.(resource, world) ?? [];
    const rivals = new Set(contentions.flatMap(({ against }) => contenders.get(against) ?? []));
    const earlier = [...rivals].filter((rival) => rival !== resource && isBefore(rival, resource));
    if (earlier.length === 0) return [];
    const byField = Object.groupBy(earlier, ({ kind }) => FIELDS[kind]);
    return verdictsOn(change, { ...world, ...nobody, ...byField } as World, [rule], world.policyExceptions);
  };
}
