import { describe, expect, it } from "vitest";
import type { Level } from "../api/meta.ts";
import { minimise } from "./minimise.ts";
import { bundle, fhir, json, substitutes } from "./minimise/testkit.ts";

describe("minimising", () => {
  const patient = { resourceType: "Patient", id: "p", gender: "female", telecom: [{ value: "CANARY" }] };

  it.each<[Level, boolean]>([
    ["Public", false],
    ["Internal", false],
    ["Confidential", true],
    ["Restricted", true],
  ])("a receiver of clearance %s sees a Confidential element: %s", (clearance, sees) => {
    const { payload } = minimise(
      bundle(patient),
      fhir({ path: "Patient.telecom", level: "Confidential" }),
      clearance,
      substitutes,
    );
    expect(JSON.stringify(payload).includes("CANARY")).toBe(sees);
  });

  it("hands the very payload on where nothing applies", () => {
    const payload = bundle({ resourceType: "Encounter", status: "planned" });
    const rules = fhir({ path: "Patient.telecom", level: "Restricted" });
    expect(minimise(payload, rules, "Restricted", substitutes)).toEqual({
      payload,
      removed: [],
      tokenised: [],
      generalised: [],
    });
    expect(minimise(payload, rules, "Restricted", substitutes).payload).toBe(payload);
    expect(minimise(payload, rules, "Internal", substitutes).payload).toBe(payload);
  });

  it("says what it did by path, without positions or values", () => {
    const rules = fhir(
      { path: "Patient.telecom", level: "Restricted" },
      { path: "Patient.name.family", level: "Restricted", minimise: "Tokenise" },
      { path: "Patient.birthDate", level: "Restricted", minimise: "Generalise", generaliseTo: "Year" },
    );
    const named = { ...patient, birthDate: "1980-01-01", name: [{ family: "CANARY" }, { family: "CANARY" }] };
    const said = minimise(bundle(named, patient), rules, "Internal", substitutes);
    expect(said).toMatchObject({
      removed: ["Patient.telecom"],
      tokenised: ["Patient.name.family"],
      generalised: ["Patient.birthDate"],
    });
  });

  it("lets nothing pass for which no substitute is declared", () => {
    const undeclared = { ...fhir(), sensitivity: [{ path: "Patient.telecom", level: "Restricted" as const }] };
    const said = minimise(bundle(patient), undeclared, "Internal", substitutes);
    expect([said.removed, JSON.stringify(said.payload).includes("CANARY")]).toEqual([["Patient.telecom"], false]);
  });

  it("refuses a rule that could never apply rather than let values pass", () => {
    expect(() =>
      minimise(bundle(patient), fhir({ path: "patient.telecom", level: "Restricted" }), "Internal", substitutes),
    ).toThrow(expect.objectContaining({ code: "SensitivityInvalid" }));
  });

  it.each([fhir({ path: "Patient.x", level: "Restricted" }), json({ path: "x", level: "Restricted" })])(
    "refuses a payload that nests too deep to be looked through",
    (contract) => {
      const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
      expect(() => minimise(deep, contract, "Internal", substitutes)).toThrow(
        expect.objectContaining({ code: "PayloadTooDeep" }),
      );
    },
  );
});

describe("tokens", () => {
  it("stand in place of every primitive below, the same for the same value", () => {
    const rules = json({ path: "member", level: "Restricted", minimise: "Tokenise" });
    const member = { ssn: "CANARY", ids: ["CANARY", 12, true, null], at: { ssn: "CANARY" } };
    expect(minimise({ member, plan: "A" }, rules, "Internal", substitutes)).toEqual({
      payload: {
        member: { ssn: "token:6", ids: ["token:6", "token:2", "token:4", null], at: { ssn: "token:6" } },
        plan: "A",
      },
      removed: [],
      tokenised: ["member.ssn", "member.ids", "member.at.ssn"],
      generalised: [],
    });
  });

  it("give way to removal where both are asked for", () => {
    const rules = json(
      { path: "member", level: "Restricted", minimise: "Tokenise" },
      { path: "member.ssn", level: "Confidential" },
      { path: "member.name", level: "Restricted" },
      { path: "member.name", level: "Restricted", minimise: "Tokenise" },
    );
    expect(
      minimise({ member: { ssn: "CANARY", name: "CANARY", born: "CANARY" } }, rules, "Internal", substitutes).payload,
    ).toEqual({
      member: { born: "token:6" },
    });
  });
});

describe("in a JSON document", () => {
  it("an element goes by its path from the top, through lists, and empty objects stay", () => {
    const rules = json({ path: "members.ssn", level: "Restricted" });
    expect(
      minimise([{ members: [{ ssn: "CANARY" }, { ssn: "CANARY", a: 1 }], ssn: "kept" }], rules, "Internal", substitutes)
        .payload,
    ).toEqual([{ members: [{}, { a: 1 }], ssn: "kept" }]);
  });

  it("keeps members called __proto__ members", () => {
    const payload = JSON.parse(`{ "a": 1, "ssn": "CANARY", "__proto__": { "polluted": true } }`) as unknown;
    const result = minimise(payload, json({ path: "ssn", level: "Restricted" }), "Internal", substitutes);
    expect(JSON.stringify(result.payload)).toBe(`{"a":1,"__proto__":{"polluted":true}}`);
  });
});
