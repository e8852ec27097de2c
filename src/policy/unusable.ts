import { checkResources } from "../compile/check.ts";
import { Report } from "../compile/lookup.ts";
import { type Problem, type Resource, byKind } from "../compile/resources.ts";
import type { Finding, Rule } from "./rule.ts";

/** What a schema can't say: an expression that does not parse, a contract's schema that does not compile. */
export const UNUSABLE: Rule = {
  id: "spec/unusable",
  judges: "State",
  check: ({ new: resource }) => denied(problemsIn(resource).filter((problem) => !isOfExample(problem))),
};

/** Contract tests, first half: a version takes its own examples. */
export const EXAMPLE_FAILS: Rule = {
  id: "compatibility/example-fails",
  judges: "State",
  check: ({ new: resource }) => denied(problemsIn(resource).filter(isOfExample)),
};

function problemsIn(resource: Resource | undefined): Problem[] {
  if (resource === undefined) return [];
  const report = new Report();
  checkResources(byKind([resource]), report);
  return report.problems;
}

const isOfExample = ({ path }: Problem): boolean => path.startsWith("spec.examples[");

const denied = (problems: Problem[]): Finding[] =>
  problems.map(({ path, reason }) => ({ severity: "Deny", path, message: reason }));
