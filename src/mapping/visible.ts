import type { ContractVersionSpec } from "../api/contractversion.ts";
import type { Level } from "../api/meta.ts";
import { minimise } from "./minimise.ts";
import { Made, type Substitutes } from "./minimise/report.ts";
import { type Step, translate } from "./translate.ts";

export interface DeclaredStep extends Step {
  /** What declares the version that a message has after it; undefined: nothing does any more. */
  contract: ContractVersionSpec | undefined;
}

/**
 * What a receiver of `clearance` may see of `payload`, a message of `contract`, after `steps`. Every version that it passes
 * through minimises it before it is translated on: a version that says nothing of an element, be it older or newer, does
 * not uncover what another one hides, whatever name a translation gives it. The payload is not changed. Rejects with the
 * FasciaErrors of `minimise` and `translate`.
 */
export async function visibleAfter(
  payload: unknown,
  contract: ContractVersionSpec,
  steps: readonly DeclaredStep[],
  clearance: Level,
  substitutes: Substitutes,
): Promise<unknown> {
  const made = new Made();
  let seen = minimise(payload, contract, clearance, substitutes, made).payload;
  for (const step of steps) {
    const gaps = made.hasRemoved ? { inLists: made.hasShortened } : undefined;
    seen = await translate(seen, step.by, gaps);
    if (step.contract) seen = minimise(seen, step.contract, clearance, substitutes, made).payload;
  }
  return seen;
}
