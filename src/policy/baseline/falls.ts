import { listed } from "../../base/listed.ts";
import { isDeepStrictEqual } from "node:util";
import type { Adapter } from "../../api/adapter.ts";
import type { AdapterClass } from "../../api/adapterclass.ts";
import type { Rule, RuleId, World } from "../rule.ts";
import { brokenBy } from "./rules.ts";

/** Whoever changes a class learns in the same moment whom that concerns. */
export const FALLS_OUTSIDE: Rule = {
  id: "baseline/falls-outside",
  judges: "Transition",
  check({ old, new: resource }, others) {
    if (resource?.kind !== "AdapterClass" || isDeepStrictEqual(old?.spec, resource.spec)) return [];
    const before = old?.kind === "AdapterClass" ? [old] : [];
    const fallen = others.adapters.flatMap((adapter) => fallenBy(adapter, before, resource, others));
    if (fallen.length === 0) return [];
    const what = fallen.length === 1 ? "1 Adapter falls" : `${fallen.length} Adapters fall`;
    const message = `${what} outside the baseline by this: ${listOf(fallen)}. What runs goes on, and is Ready=False until it is mended`;
    return [{ severity: "Warn", path: "spec.require", message }];
  },
};

/** As it is told, of an Adapter that breaks by the change what it did not break before. */
function fallenBy(adapter: Adapter, before: AdapterClass[], after: AdapterClass, others: World): string[] {
  const among = (classes: AdapterClass[]) =>
    brokenBy(adapter, { ...others, adapterClasses: [...others.adapterClasses, ...classes] });
  const known = new Set(among(before));
  const rules = among([after]).filter((id) => !known.has(id));
  return rules.length === 0 ? [] : [outside(adapter, rules)];
}

export const outside = ({ metadata }: Adapter, rules: readonly RuleId[]): string =>
  `${metadata.namespace}/${metadata.name} (${rules.join(", ")})`;

const MAX_NAMED = 5;

/** Of those that are `outside`, in order. */
export const listOf = (fallen: readonly string[]): string => listed(fallen.toSorted(), MAX_NAMED);
