import { isDeepStrictEqual } from "node:util";
import type { AdapterClass } from "../../api/adapterclass.ts";
import type { Change, Rule, World } from "../rule.ts";
import { type Right, holds } from "./rights.ts";

/**
 * A class that asks for less than another one is not for everybody. Asked is whoever changes anything about an Adapter of
 * it, not only who names it: else somebody could name it before it is there, and mean it afterwards.
 */
export const CLASS_USE: Rule = {
  id: "authority/class-use",
  judges: "Transition",
  check(change, others) {
    const { user } = change;
    const chosen = restrictedClass(change, others);
    if (user === undefined || chosen === undefined || holds(user, useOf(chosen))) return [];
    const { name } = chosen.metadata;
    const message =
      `${user.name} may not use the AdapterClass ${name}: name another one, or ask its owner (${chosen.spec.owner}) for ` +
      `the verb use on adapterclasses.fascia.dev/${name}`;
    return [{ severity: "Deny", path: "spec.class", message }];
  },
};

export const useOf = ({ metadata }: AdapterClass): Right => ({
  verb: "use",
  resource: "adapterclasses",
  name: metadata.name,
});

/** The class that `change` needs the right to use. The default class holds unasked for who names none. */
export function restrictedClass(
  { old, new: resource }: Pick<Change, "old" | "new">,
  { adapterClasses }: World,
): AdapterClass | undefined {
  if (resource?.kind !== "Adapter" || isDeepStrictEqual(old?.spec, resource.spec)) return undefined;
  return adapterClasses.find(({ metadata, spec }) => spec.restricted && metadata.name === resource.spec.class);
}
