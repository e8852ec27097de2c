import { describe, expect, test } from "vitest";
import { aPolicyException } from "../../../test/builders/resources.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { exemptionsAt } from "./exemptions.ts";

const NOW = Date.parse("2027-03-15T00:00:00Z");
function granted(spec: Partial<PolicyException["spec"]>, namespace?: string): PolicyException {
  const exception = aPolicyException({ rules: ["lifecycle/new-use"], ...spec }, namespace);
  return { ...exception, metadata: { ...exception.metadata, creationTimestamp: "2027-03-01T00:00:00Z" } };
}
const visits = granted({ resources: [{ kind: "Integration", name: "visits" }] });
const lis = granted({
  resources: [
    { kind: "Adapter", name: "lis" },
    { kind: "ContractVersion", name: "visit-v1.0.0" },
  ],
});

describe("Who may begin all the same", () => {
  test("is whom an exception in force from the rule names, in its namespace, once and sorted", () => {
    expect(exemptionsAt([visits, lis, visits, granted(lis.spec, "north")], "Deprecated", NOW)).toEqual([
      { kind: "Adapter", namespace: "clinic", name: "lis" },
      { kind: "Adapter", namespace: "north", name: "lis" },
      { kind: "Integration", namespace: "clinic", name: "visits" },
    ]);
  });

  test("is nobody by an exception that is over, not approved or from another rule, nor where nothing is refused", () => {
    const others = [granted({ approvals: undefined }), granted({ rules: ["ownership/system-claim"] })];
    expect(exemptionsAt(others, "Deprecated", NOW)).toEqual([]);
    expect(exemptionsAt([visits], "Deprecated", Date.parse("2027-05-01T00:00:00Z"))).toEqual([]);
    expect(exemptionsAt([visits], "Active", NOW)).toEqual([]);
  });
});
