import { FIELDS, everyOne } from "../compile/resources.ts";
import { verdictsOn } from "./evaluate.ts";
import type { Change, Resource, Rule, Verdict, World } from "./rule.ts";

/** Whether `a` is before `b`, where they forbid one another. */
export type IsBefore = (a: Resource, b: Resource) => boolean;

/**
 * Tells of a change of what is in `world` what `rule` says of its new resource beside those before it that contend for the
 * same: where two forbid one another only the later one is denied.
 */
export function rivalry(rule: Rule, world: World, isBefore: IsBefore): (change: Change) => Verdict[] {
  const contenders = new Map<string, Resource[]>();
  for (const resource of everyOne(world))
    for (const thing of thingsOf(rule, resource, world)) {
      const others = contenders.get(thing);
      if (others === undefined) contenders.set(thing, [resource]);
      else others.push(resource);
    }
  return (change) => {
    const { new: resource } = change;
    if (resource === undefined) return [];
    const rivals = thingsOf(rule, resource, world).flatMap((thing) => contenders.get(thing) ?? []);
    const earlier = [...new Set(rivals)].filter((rival) => rival !== resource && isBefore(rival, resource));
    if (earlier.length === 0) return [];
    return verdictsOn(change, { ...world, [FIELDS[resource.kind]]: earlier }, [rule], world.policyExceptions);
  };
}

const thingsOf = (rule: Rule, resource: Resource, world: World): string[] =>
  (rule.contendsFor?.(resource, world) ?? []).map((thing) => `${resource.kind} ${thing}`);
