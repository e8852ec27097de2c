import { expect, test } from "vitest";
import { aSource } from "../../../test/builders/resources.ts";
import type { Resource, Verdict } from "../../policy/rule.ts";
import { Beginnings } from "./begun.ts";

const stored = (name: string, generation = 1): Resource => {
  const resource = aSource(name);
  return { ...resource, metadata: { ...resource.metadata, uid: `uid of ${name}`, generation } };
};
const denial: Verdict = { rule: "listen/port-taken", severity: "Deny", path: "spec.service", message: "taken" };
const exception = { namespace: "clinic", name: "old-lab", until: "2027-05-01T00:00:00Z" };
const excepted: Verdict = { ...denial, rule: "baseline/tls", severity: "Warn", exception };
const denied = (resource: Resource, goesOn = false) => ({ resource, verdicts: [denial], goesOn });
const NOTHING = { denials: [], excepted: [] };
const tokens = (begun: { once: string }[]) => begun.map(({ once }) => once);

test("a denial is told when it begins, not while it lasts, and again when it begins again", () => {
  const beginnings = new Beginnings();
  const found = { denials: [denied(stored("ehr"))], excepted: [] };
  const [first] = beginnings.of(found, 10);
  expect(first?.record).toEqual({
    verdict: "Denied",
    by: "Operator",
    at: 10,
    count: 1,
    resource: { kind: "Adapter", namespace: "clinic", name: "ehr", uid: "uid of ehr", generation: 1 },
    rules: [{ rule: "listen/port-taken", path: "spec.service" }],
  });
  expect(beginnings.of(found, 20)).toEqual([]);
  expect(beginnings.of(NOTHING, 30)).toEqual([]);
  expect(tokens(beginnings.of(found, 40))).toEqual([`${first?.once}-40`]);
});

test("another operator finds the same token, and an edit another one", () => {
  const of = (resource: Resource, now: number) =>
    tokens(new Beginnings().of({ denials: [denied(resource)], excepted: [] }, now));
  expect(of(stored("ehr"), 1)).toEqual(of(stored("ehr"), 2));
  expect(of(stored("ehr", 2), 1)).not.toEqual(of(stored("ehr"), 1));
});

test("what is denied and goes on is told as such, and an exception only of what nothing denies", () => {
  const [ehr, lab] = [stored("ehr"), stored("lab")];
  const both = [ehr, lab].map((resource) => ({ resource, verdicts: [excepted] }));
  const begun = new Beginnings().of({ denials: [denied(ehr, true)], excepted: both }, 1);
  expect(begun.map(({ record }) => record)).toMatchObject([
    { verdict: "Denied", goesOn: true, resource: { name: "ehr" } },
    { verdict: "AllowedByException", resource: { name: "lab" }, rules: [{ rule: "baseline/tls", exception }] },
  ]);
});
