import { classOf } from "../../compile/adapterclass.ts";
import { listOf, outside } from "../../policy/baseline/falls.ts";
import { brokenBy } from "../../policy/baseline/rules.ts";
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

/** Every condition of an AdapterClass. It is in effect however many Adapters fall outside it: its message names them. */
export const adapterClassVerdicts = ({ name, invalid, world }: AdapterClassFacts): Verdicts =>
  withProgress(firstOf(invalidSpec(invalid)) ?? yes("Valid", usage(name, world)));

function usage(name: string, world: World): string {
  const own = world.adapters.filter((adapter) => classOf(adapter, world.adapterClasses)?.metadata.name === name);
  const fallen = own.flatMap((adapter) => {
    const rules = brokenBy(adapter, world);
    return rules.length === 0 ? [] : [outside(adapter, rules)];
  });
  const holds = own.length === 1 ? "it holds for 1 Adapter" : `it holds for ${own.length} Adapters`;
  return fallen.length === 0 ? holds : `${holds}; ${fallen.length} outside it: ${listOf(fallen)}`;
}
