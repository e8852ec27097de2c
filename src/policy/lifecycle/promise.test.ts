import { describe, expect, test } from "vitest";
import { aContractVersion, aSource, aTarget, aWorld, anIntegration } from "../../../test/builders/resources.ts";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { evaluate } from "../evaluate.ts";
import type { Rule } from "../rule.ts";
import { PUBLISHED_CHANGED } from "./published.ts";
import { RETIRED_IN_USE } from "./retired.ts";

const NOW = "2027-03-01T00:00:00Z";
const PAST = "2027-01-01T00:00:00Z";
const AHEAD = "2027-06-01T00:00:00Z";

type Spec = Partial<ContractVersionSpec>;

function verdictsOn(rule: Rule, before: Spec, after: Spec, others = aWorld()) {
  const [old, changed] = [aContractVersion(before), aContractVersion(after)];
  const change = { operation: "UPDATE", old, new: changed, dryRun: false, now: Date.parse(NOW) } as const;
  return evaluate(change, others, [rule]);
}

describe("Of a published version", () => {
  const before: Spec = {
    fhir: { release: "R4", resources: ["Patient"] },
    json: undefined,
    sensitivity: [{ path: "Patient.name", level: "Restricted", minimise: "Remove" }],
  };
  const changed = (lifecycle: ContractVersionSpec["lifecycle"], after: Spec) =>
    verdictsOn(PUBLISHED_CHANGED, { ...before, lifecycle }, { ...before, lifecycle, ...after }).map(
      ({ severity, path }) => `${severity} ${path}`,
    );
  const schema = { fhir: { release: "R4" as const, resources: ["Patient"], schema: { required: ["id"] } } };
  const format = { fhir: undefined, json: { schema: {} } };
  const tokens: Spec = { sensitivity: [{ path: "Patient.name", level: "Restricted", minimise: "Tokenise" }] };
  const lower: Spec = { sensitivity: [{ path: "Patient.name", level: "Public", minimise: "Remove" }] };

  test.each([
    ["its schema", schema, ["Deny spec.fhir"]],
    ["its format", format, ["Deny spec.fhir", "Deny spec.json"]],
    ["the level of an element", lower, ["Deny spec.sensitivity"]],
    ["what becomes of an element", tokens, ["Deny spec.sensitivity"]],
    ["that an element is sensitive", { sensitivity: undefined }, ["Deny spec.sensitivity"]],
  ])("%s does not change", (_, after, verdicts) => {
    expect(changed({ publishedOn: PAST }, after)).toEqual(verdicts);
    expect(changed({ publishedOn: NOW }, after)).toEqual(verdicts);
    expect(changed(undefined, after)).toEqual(verdicts);
    expect(changed({ publishedOn: AHEAD }, after)).toEqual([]);
    expect(changed({}, after)).toEqual([]);
  });

  test("that an element is removed may be declared, since nobody receives anything else for it", () => {
    const undeclared: Spec = { sensitivity: [{ path: "Patient.name", level: "Restricted" }] };
    expect(changed(undefined, undeclared)).toEqual([]);
    const declared = aContractVersion({ ...before, ...undeclared });
    expect(verdictsOn(PUBLISHED_CHANGED, declared.spec, before)).toEqual([]);
    expect(verdictsOn(PUBLISHED_CHANGED, declared.spec, { ...before, ...tokens })).toHaveLength(1);
  });

  test("owner, description, successor and translations may", () => {
    const translations = [{ from: "0.9.0", jsonata: "$" }];
    expect(changed(undefined, { owner: "else", description: "d", replacedBy: "2.0.0", translations })).toEqual([]);
  });
});

describe("Retiring a version", () => {
  const sunset = { publishedOn: PAST, deprecatedOn: PAST, sunsetOn: PAST };
  const users = aWorld(aSource("ehr"), aTarget("lab"), anIntegration("a"), anIntegration("b"));
  const retired = (retiredOn: string, others = users, before: object = sunset) =>
    verdictsOn(RETIRED_IN_USE, { lifecycle: before }, { lifecycle: { ...sunset, retiredOn } }, others);

  test.each([NOW, PAST])("at once (%s) is refused while it is in use, naming its users", (retiredOn) => {
    expect(retired(retiredOn)).toEqual([
      {
        rule: "lifecycle/retired-in-use",
        severity: "Deny",
        path: "spec.lifecycle.retiredOn",
        message:
          "visit-v1.0.0 is in use by Adapter clinic/ehr, Adapter clinic/lab, Integration clinic/a and 1 more: have them use another version first, or write an instant ahead",
      },
    ]);
  });

  test("ahead of time, or while nothing uses it, is not", () => {
    expect(retired(AHEAD)).toEqual([]);
    expect(retired(NOW, aWorld())).toEqual([]);
    expect(retired(NOW, aWorld(aContractVersion({ version: "1.1.0" }), anIntegration("a")))).toEqual([]);
  });

  test("that time has brought is not refused again", () => {
    expect(retired(PAST, users, { ...sunset, retiredOn: PAST })).toEqual([]);
  });
});
