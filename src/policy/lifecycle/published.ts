import { isDeepStrictEqual } from "node:util";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import type { Rule } from "../rule.ts";
import { phaseAt } from "./phase.ts";

/** What a consumer relies on. */
const PROMISED = ["fhir", "json", "sensitivity"] as const satisfies (keyof ContractVersionSpec)[];

/** A version that is published stays what was promised: whoever reads it was built for that. */
export const PUBLISHED_CHANGED: Rule = {
  id: "lifecycle/published-changed",
  judges: "Transition",
  check({ old, new: resource, now }) {
    if (old?.kind !== "ContractVersion" || resource?.kind !== "ContractVersion") return [];
    if (phaseAt(old.spec.lifecycle, now) === "Draft") return [];
    return PROMISED.filter((field) => !isDeepStrictEqual(old.spec[field], resource.spec[field])).map((field) => ({
      severity: "Deny",
      path: `spec.${field}`,
      message: `${resource.metadata.name} is published, and ${field} is part of its promise: publish another version`,
    }));
  },
};
