import type { ContractVersionSpec } from "../../api/contractversion.ts";
import type { Finding, Rule } from "../rule.ts";
import { compiledOnce, failure } from "./compiled.ts";

/** Characters of JSON: an example shows what a message looks like, and each is tried again and again. */
const MAX_EXAMPLE = 65_536;

/** Contract tests, first half: a version takes its own examples. */
export const EXAMPLE_FAILS: Rule = {
  id: "compatibility/example-fails",
  judges: "State",
  check: ({ new: resource }) => (resource?.kind === "ContractVersion" ? onceFor(resource.spec) : []),
};

/** By spec, which nobody changes: a whole state is judged again and again. */
const found = new WeakMap<ContractVersionSpec, Finding[]>();

function onceFor(spec: ContractVersionSpec): Finding[] {
  const findings = found.get(spec) ?? findingsIn(spec);
  found.set(spec, findings);
  return findings;
}

function findingsIn(spec: ContractVersionSpec): Finding[] {
  const contract = spec.examples && compiledOnce(spec);
  if (contract === undefined) return [];
  return (spec.examples ?? []).flatMap(({ name, payload }, i): Finding[] => {
    const isTooLong = JSON.stringify(payload).length > MAX_EXAMPLE;
    const reason = isTooLong
      ? `more than ${MAX_EXAMPLE} characters of JSON`
      : failure(() => contract.validate(payload));
    const message = `example ${name}: ${reason}`;
    return reason === undefined ? [] : [{ severity: "Deny", path: `spec.examples[${i}].payload`, message }];
  });
}
