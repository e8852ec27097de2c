import type { Rule } from "../rule.ts";
import { classOf } from "../../compile/adapterclass.ts";
import { requiredBy } from "./requiredby.ts";

/** Who is called at night, and how soon somebody has to come, is agreed before messages stop. */
export const SERVICE_LEVEL: Rule = {
  id: "baseline/service-level",
  judges: "State",
  check({ new: resource }, { adapterClasses }) {
    if (resource?.kind !== "Adapter") return [];
    const found = classOf(resource, adapterClasses);
    if (found?.spec.require.serviceLevels === undefined) return [];
    const levels = found.spec.require.serviceLevels;
    const { serviceLevel } = resource.spec;
    if (levels.includes(serviceLevel ?? "")) return [];
    const what = serviceLevel === undefined ? "no service level is named" : `there is no service level ${serviceLevel}`;
    const message = `${what}, and ${requiredBy(found)}: write one of ${levels.join(", ")}`;
    return [{ severity: "Deny", path: "spec.serviceLevel", message }];
  },
};
