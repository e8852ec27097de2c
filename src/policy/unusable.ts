import { checkResources } from "../compile/check.ts";
import { Report } from "../compile/lookup.ts";
import { byKind } from "../compile/resources.ts";
import type { Rule } from "./rule.ts";

/** What a schema can't say: an expression that does not parse, a contract's schema that does not compile. */
export const UNUSABLE: Rule = {
  id: "spec/unusable",
  judges: "State",
  check(change) {
    if (change.new === undefined) return [];
    const report = new Report();
    checkResources(byKind([change.new]), report);
    return report.problems.map(({ path, reason }) => ({ severity: "Deny", path, message: reason }));
  },
};
