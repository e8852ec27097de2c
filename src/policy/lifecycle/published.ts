import { isDeepStrictEqual } from "node:util";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import type { Rule } from "../rule.ts";
import { phaseAt } from "./phase.ts";

/** What a consumer relies on. */
const PROMISED = ["fhir", "json", "sensitivity"] as const satisfies (keyof ContractVersionSpec)[];

/** What is not declared is removed, too: who adds that it is, or leaves it out, changes nothing of what anybody receives. */
const received = ({ sensitivity }: ContractVersionSpec) =>
  sensitivity?.map((entry) => ({ ...entry, minimise: entry.minimise ?? "Remove" }));

const promised = (spec: ContractVersionSpec, field: (typeof PROMISED)[number]) =>
  field === "sensitivity" ? received(spec) : spec[field];

/** A version that is published stays what was promised: whoever reads it was built for that. */
export const PUBLISHED_CHANGED: Rule = {
  id: "lifecycle/published-changed",
  judges: "Transition",
  check({ old, new: resource, now }) {
    if (old?.kind !== "ContractVersion" || resource?.kind !== "ContractVersion") return [];
    if (phaseAt(old.spec.lifecycle, now) === "Draft") return [];
    return PROMISED.filter(
      (field) => !isDeepStrictEqual(promised(old.spec, field), promised(resource.spec, field)),
    ).map((field) => ({
      severity: "Deny",
      path: `spec.${field}`,
      message: `${resource.metadata.name} is published, and ${field} is part of its promise: publish another version`,
    }));
  },
};
