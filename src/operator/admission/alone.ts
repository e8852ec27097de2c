import { byKind } from "../../compile/resources.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Change, Verdict, World } from "../../policy/rule.ts";
import { RULES_ALONE } from "../../policy/rules.ts";

/** Rules that look at one resource need no other. */
const NOBODY: World = { ...byKind([]), sharedAddress: false };

/** What the rules say that look at the changed resource alone. */
export const judgeAlone = (change: Change): Verdict[] => evaluate(change, NOBODY, RULES_ALONE);
