import type { ContractVersion } from "../../api/contractversion.ts";
import { byKind } from "../../compile/resources.ts";
import { relatedTo, translationFails } from "../../policy/compatibility/translations.ts";
import { evaluate } from "../../policy/evaluate.ts";
import type { Change, Verdict, World } from "../../policy/rule.ts";
import { RULES_ALONE } from "../../policy/rules.ts";

/** Rules that look at one resource need no other. */
const NOBODY: World = { ...byKind([]), sharedAddress: false };

/** What the rules say that look at the changed resource alone. */
export const judgeAlone = (change: Change): Verdict[] => evaluate(change, NOBODY, RULES_ALONE);

/** The versions that a change of one is tried with: those that translations lead to or from, before or after it. */
export const triedWith = (change: Change, { contractVersions }: Pick<World, "contractVersions">): ContractVersion[] =>
  relatedTo(versionsIn(change), contractVersions);

/** The same, and whether examples stand translation from and to `related`. */
export async function judgeAndTry(change: Change, related: ContractVersion[], isChange = true): Promise<Verdict[]> {
  const alone = judgeAlone(change);
  if (related.length === 0) return alone;
  const rule = await translationFails(versionsIn(change), related, { isChange });
  return [...alone, ...evaluate(change, { ...NOBODY, contractVersions: related }, [rule])];
}

const versionsIn = ({ old, new: resource }: Change): ContractVersion[] =>
  resource === undefined ? [] : [old, resource].filter((each) => each?.kind === "ContractVersion");
