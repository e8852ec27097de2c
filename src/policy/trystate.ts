import { translationFails } from "./compatibility/translations.ts";
import type { World } from "./rule.ts";
import { RULES_ALONE, RULES_AMONG } from "./rules.ts";
import { type Judged, judgeState, type StateOptions } from "./state.ts";

/** What `judgeState` says, and what comes of contract tests that take time: translations, tried on examples. */
export async function judgeAndTryState(world: World, now: number, options: StateOptions = {}): Promise<Judged[]> {
  const { rules = [...RULES_ALONE, ...RULES_AMONG] } = options;
  const tried = await translationFails(world.contractVersions, world.contractVersions);
  return judgeState(world, now, { ...options, rules: [...rules, tried] });
}
