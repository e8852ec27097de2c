import { listOf, usersOf } from "../inuse.ts";
import type { Rule } from "../rule.ts";
import { millisOf, phaseAt } from "./phase.ts";

/** Whoever ends a version at once must not take it away from those who use it. */
export const RETIRED_IN_USE: Rule = {
  id: "lifecycle/retired-in-use",
  judges: "Transition",
  check({ old, new: resource, now }, others) {
    if (old?.kind !== "ContractVersion" || resource?.kind !== "ContractVersion") return [];
    const { lifecycle } = resource.spec;
    if (phaseAt(old.spec.lifecycle, now) === "Retired" || millisOf(lifecycle?.retiredOn) > now) return [];
    const users = usersOf(resource, others, now);
    if (users.length === 0) return [];
    const message =
      `${resource.metadata.name} is in use by ${listOf(users)}: have them use another version first, or write an ` +
      "instant ahead";
    return [{ severity: "Deny", path: "spec.lifecycle.retiredOn", message }];
  },
};
