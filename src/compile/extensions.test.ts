import { describe, expect, test } from "vitest";
import { aContractVersion, aPolicyException, aSource, aTarget, anIntegration } from "../../test/builders/resources.ts";
import type { PolicyException } from "../api/policyexception.ts";
import { compile } from "./compile.ts";
import { extendedUntil } from "./extensions.ts";
import { byKind } from "./resources.ts";

const RULES = ["lifecycle/existing-use"];
const MAY = Date.parse("2027-05-01T00:00:00Z");
const resources = [aContractVersion(), aSource("ehr"), aTarget("lab"), anIntegration("visits")];
const of = (kind: PolicyException["spec"]["resources"][number]["kind"], name: string) => ({
  rules: RULES,
  resources: [{ kind, name }],
});
const configs = (...exceptions: PolicyException[]) => {
  const found = compile(byKind([...resources, ...exceptions])).configs;
  return { ehr: found.find(({ name }) => name === "ehr"), lab: found.find(({ name }) => name === "lab") };
};

describe("A configuration", () => {
  test("is the same without an exception, and with one that is not approved, is about another rule, or elsewhere", () => {
    const none = configs();
    expect(none.lab).not.toHaveProperty("extensions");
    for (const exception of [
      aPolicyException({ ...of("Adapter", "lab"), approvals: undefined }),
      aPolicyException({ ...of("Adapter", "lab"), approvals: [{ approver: "ada" }] }),
      aPolicyException({ ...of("Adapter", "lab"), rules: ["ownership/system-claim"] }),
      aPolicyException(of("Adapter", "lab"), "ward"),
      aPolicyException(of("Adapter", "else")),
    ])
      expect(configs(exception)).toEqual(none);
  });

  test("says until when it may use what has ended: all of it, one Integration, or one version", () => {
    const about = { exception: "clinic/old-lab", until: MAY };
    expect(configs(aPolicyException(of("Adapter", "lab"))).lab?.extensions).toEqual([about]);
    const byIntegration = configs(aPolicyException(of("Integration", "visits")));
    expect(byIntegration.lab?.extensions).toEqual([{ ...about, integration: "visits" }]);
    expect(byIntegration.ehr?.extensions).toBeUndefined();
    const byVersion = configs(aPolicyException(of("ContractVersion", "visit-v1.0.0"), "elsewhere"));
    const everywhere = [{ exception: "elsewhere/old-lab", until: MAY, contract: "visit@1.0.0" }];
    expect(byVersion.lab?.extensions).toEqual(everywhere);
    expect(byVersion.ehr?.extensions).toEqual(everywhere);
  });

  test("changes its revision when an exception comes", () => {
    expect(configs(aPolicyException(of("Adapter", "lab"))).lab?.revision).not.toBe(configs().lab?.revision);
  });

  test("believes no end beyond the longest that an exception may have", () => {
    const exception = aPolicyException(of("Adapter", "lab"));
    const metadata = { ...exception.metadata, creationTimestamp: "2027-01-01T00:00:00Z" };
    const [found] = configs({ ...exception, metadata }).lab?.extensions ?? [];
    expect(found?.until).toBe(Date.parse("2027-04-01T00:00:00Z"));
  });
});

test("Of several extensions the last end counts", () => {
  const first = aPolicyException({ ...of("Adapter", "lab"), expiresOn: "2027-04-01T00:00:00Z" });
  const second = aPolicyException(of("ContractVersion", "visit-v1.0.0"));
  const user = { kind: "Adapter", namespace: "clinic", name: "lab" };
  const version = { contract: "visit", version: "1.0.0" };
  expect(extendedUntil([first, second], version, user)).toBe(MAY);
  expect(extendedUntil([first, second], version, { ...user, name: "pharmacy" })).toBe(MAY);
  expect(extendedUntil([first], version, { ...user, name: "pharmacy" })).toBe(0);
});
