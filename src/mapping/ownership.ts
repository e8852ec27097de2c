import { GONE, isMembers } from "./minimise/members.ts";
import { typeOf } from "./minimise/references.ts";
import { type Conflict, Found } from "./ownership/found.ts";
import { Judge } from "./ownership/judge.ts";
import type { OwnershipPlan } from "./ownership/plan.ts";

export { type Conflict } from "./ownership/found.ts";
export { type OwnershipPlan, ownershipPlan } from "./ownership/plan.ts";

export interface Owned {
  /** Shares all parts with the input that did not change; the input itself where nothing did. */
  payload: unknown;
  /** Whether something was taken away and nothing is left that anybody could be told. */
  isNothing: boolean;
  /** What was taken away, by entity; empty where everything was the sender's. */
  conflicts: Conflict[];
}

/** They tell of a message, not of anything in it. */
const ABOUT: ReadonlySet<string | undefined> = new Set(["MessageHeader", "Provenance"]);

/**
 * What of a FHIR payload the system that `plan` was made for may say. Which resource is meant (`id`, `identifier`,
 * `meta`) always stays. The payload is not changed. Throws FasciaError `PayloadTooDeep`.
 */
export function keepOwned(payload: unknown, plan: OwnershipPlan): Owned {
  const found = new Found();
  const made = new Judge(plan, found).judge(payload);
  const { conflicts } = found;
  return { payload: made === GONE ? undefined : made, isNothing: conflicts.length > 0 && isNothing(made), conflicts };
}

function isNothing(made: unknown): boolean {
  if (!isMembers(made)) return true;
  const { entry } = made;
  if (typeOf(made) !== "Bundle") return false;
  return !Array.isArray(entry) || entry.every((one) => isMembers(one) && ABOUT.has(typeOf(one["resource"])));
}
