import type { Adapter } from "../../api/adapter.ts";
import { classOf } from "../../policy/baseline/class.ts";
import { BASELINE } from "../../policy/baseline/rules.ts";
import type { World } from "../../policy/rule.ts";
import { type Verdicts, withProgress, yes } from "./conditions.ts";
import { firstOf, invalidSpec } from "./facts.ts";

export interface AdapterClassFacts {
  name: string;
  /** What is wrong with it. */
  invalid: string[];
  /** Every class and every Adapter. */
  world: World;
}

const MAX_NAMED = 5;

/** Every condition of an AdapterClass. It is in effect however many Adapters fall outside it: its message names them. */
export const adapterClassVerdicts = ({ name, invalid, world }: AdapterClassFacts): Verdicts =>
  withProgress(firstOf(invalidSpec(invalid)) ?? yes("Valid", usage(name, world)));

function usage(name: string, world: World): string {
  const own = world.adapters.filter((adapter) => classOf(adapter, world.adapterClasses)?.metadata.name === name);
  const outside = own.flatMap((adapter) => {
    const rules = brokenBy(adapter, world);
    return rules.length === 0 ? [] : [`${adapter.metadata.namespace}/${adapter.metadata.name} (${rules.join(", ")})`];
  });
  const holds = own.length === 1 ? "it holds for 1 Adapter" : `it holds for ${own.length} Adapters`;
  return outside.length === 0 ? holds : `${holds}; ${outside.length} outside it: ${listed(outside)}`;
}

/** Also what an exception lets pass falls outside, and the same at any time. */
const brokenBy = (adapter: Adapter, world: World): string[] =>
  BASELINE.filter(
    (rule) => rule.check({ operation: "CREATE", new: adapter, dryRun: false, now: 0 }, world).length > 0,
  ).map(({ id }) => id);

function listed(names: string[]): string {
  const sorted = names.toSorted();
  const more = sorted.length - MAX_NAMED;
  return [...sorted.slice(0, MAX_NAMED), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}
