import { describe, expect, it } from "vitest";
import type { Generalisation } from "../../api/contractversion.ts";
import { minimise } from "../minimise.ts";
import { generalised } from "./generalise.ts";
import { bundle, fhir, json, resourcesOf, seen, substitutes } from "./testkit.ts";

const NOW = Date.parse("2027-03-01T00:00:00Z");
const to = (generaliseTo: Generalisation, path: string) =>
  ({ path, level: "Restricted", minimise: "Generalise", generaliseTo }) as const;

describe("More general", () => {
  it.each<[Generalisation, unknown, unknown]>([
    ["Year", "1980-04-30", "1980"],
    ["Year", "1980-04-30T23:59:59.123+02:00", "1980"],
    ["Year", "1980-04-30T23:59Z", "1980"],
    ["Year", "1980", "1980"],
    ["Year", "19800430", "1980"],
    ["Year", "19800430235959.1234+0200", "1980"],
    ["Month", "1980-04-30", "1980-04"],
    ["Month", "1980-04", "1980-04"],
    ["Month", "19800430", "198004"],
    ["Month", "1980", "1980"],
    ["BirthYear", "1938-12-31", "1938"],
    ["AgeTo90", 89, 89],
    ["AgeTo90", 89.9, 89.9],
    ["AgeTo90", 90, 90],
    ["AgeTo90", 104, 90],
    ["AgeTo90", "104", "90"],
    ["Zip3", "10001", "100"],
    ["Zip3", "10001-1234", "100"],
    ["Zip3", "100011234", "100"],
    ["Zip3", "03601", "000"],
    ["Zip3", "36901", "000"],
    ["Zip3", "83001", "000"],
  ])("%s of %j is %j", (how, value, made) => {
    expect(generalised(value, how, NOW)).toEqual(made);
  });

  it.each<[Generalisation, unknown]>([
    ["Year", "30.04.1980"],
    ["Year", "1980-13-01"],
    ["Year", "1980-04-31T25:00:00Z"],
    ["Year", "19801301"],
    ["Year", "1234"],
    ["Year", "1980-04-30 in the morning"],
    ["Year", "1980\n"],
    ["Year", 1980],
    ["Year", true],
    ["Month", "2199-00"],
    ["BirthYear", "1937-12-31"],
    ["BirthYear", "1900"],
    ["AgeTo90", -1],
    ["AgeTo90", "ninety"],
    ["AgeTo90", "1e2"],
    ["Zip3", "SW1A 1AA"],
    ["Zip3", "1000"],
    ["Zip3", 10001],
    ["Zip3", "10001-"],
  ])("%s of %j is nothing", (how, value) => {
    expect(generalised(value, how, NOW)).toBeUndefined();
  });

  const ucum = { system: "http://unitsofmeasure.org" };
  const old = { ...ucum, value: 90, comparator: ">=", unit: "years", code: "a" };
  it.each<[string, object, unknown]>([
    ["years", { ...ucum, value: 45, unit: "years", code: "a" }, { ...ucum, value: 45, unit: "years", code: "a" }],
    ["too many years", { ...ucum, value: 93, unit: "years", code: "a" }, old],
    ["too many months", { ...ucum, value: 1100, code: "mo" }, old],
    ["days", { value: 3, unit: "days" }, { value: 3, unit: "days" }],
    ["a unit that tells more", { ...ucum, value: 45, unit: "of 1981", code: "a" }, { ...ucum, value: 45, code: "a" }],
    ["what is old already", old, old],
    ["another unit", { ...ucum, value: 80, code: "kg" }, undefined],
    ["a member of every object", { value: 80, unit: "constructor" }, undefined],
    ["more than", { ...ucum, value: 60, comparator: ">", code: "a" }, undefined],
  ])("an Age in %s is told up to 89", (_what, age, made) => {
    expect(generalised(age, "AgeTo90", NOW)).toEqual(made);
  });
});

describe("In a Bundle", () => {
  it("a primitive is generalised without its extensions, which may tell the same", () => {
    const born = {
      resourceType: "Patient",
      birthDate: "1980-04-30",
      _birthDate: { extension: [{ valueDateTime: "CANARY" }] },
    };
    expect(seen(fhir(to("BirthYear", "Patient.birthDate")), born)).toEqual([
      { resourceType: "Patient", birthDate: "1980" },
    ]);
  });

  it("so is an element within lists, in contained resources, and of a choice", () => {
    const rules = fhir(to("Zip3", "Patient.address.postalCode"), to("Year", "Patient.deceased"), {
      ...to("Year", "Encounter.period"),
    });
    const patient = {
      resourceType: "Patient",
      address: [{ city: "X", postalCode: "10001" }, { postalCode: "CANARY" }],
      deceasedDateTime: "2026-04-30T10:00:00Z",
    };
    const encounter = {
      resourceType: "Encounter",
      contained: [patient],
      period: { start: "2026-12-31T23:00:00Z", end: "CANARY" },
    };
    expect(seen(rules, encounter)).toEqual([
      {
        resourceType: "Encounter",
        contained: [{ resourceType: "Patient", address: [{ city: "X", postalCode: "100" }], deceasedDateTime: "2026" }],
        period: { start: "2026" },
      },
    ]);
  });

  it("what has no form for it goes, and what is left empty with it", () => {
    const rules = fhir(to("Year", "Patient.name"), to("Year", "Patient.deceased"));
    const patient = {
      resourceType: "Patient",
      name: [{ family: "CANARY", given: ["CANARY"] }],
      deceasedBoolean: true,
      active: true,
    };
    const { payload, removed, generalised: told } = minimise(bundle(patient), rules, "Internal", substitutes);
    expect(resourcesOf({ payload })).toEqual([{ resourceType: "Patient", active: true }]);
    expect({ removed, told }).toEqual({
      removed: ["Patient.name.family", "Patient.name.given", "Patient.deceasedBoolean"],
      told: [],
    });
  });

  it("of the rules of type and place the one that tells less holds, and of two that differ none", () => {
    const born = { resourceType: "Patient", birthDate: "1980-04-30" };
    const encounter = { resourceType: "Encounter", contained: [born] };
    const both = (other: object) =>
      seen(
        fhir(to("Year", "Patient.birthDate"), { ...to("Month", "Encounter.contained.birthDate"), ...other }),
        encounter,
      );
    const left = (birthDate?: string) => [
      { resourceType: "Encounter", contained: [{ resourceType: "Patient", ...(birthDate && { birthDate }) }] },
    ];
    expect(both({})).toEqual(left());
    expect(both({ generaliseTo: "Year" })).toEqual(left("1980"));
    expect(both({ minimise: "Tokenise", generaliseTo: undefined })).toEqual(left("token:10"));
    expect(both({ minimise: "Remove", generaliseTo: undefined })).toEqual(left());
  });
});

describe("In a JSON document", () => {
  it("every value within the element is generalised, and what else is said of one within holds", () => {
    const rules = json(
      to("Year", "stay"),
      { path: "stay.ward", level: "Restricted", minimise: "Tokenise" },
      to("AgeTo90", "ages"),
      to("Month", "stay.booked"),
    );
    const stay = {
      from: "2026-12-31",
      to: ["2027-01-02", "CANARY"],
      ward: "3B",
      booked: "2026-11-05",
      note: {},
      by: null,
    };
    expect(minimise({ stay, ages: [45, 93, { value: 1200, unit: "months" }] }, rules, "Internal", substitutes)).toEqual(
      {
        payload: {
          stay: { from: "2026", to: ["2027"], ward: "token:2", booked: "2026-11", note: {}, by: null },
          ages: [45, 90, expect.objectContaining({ value: 90, comparator: ">=" })],
        },
        removed: ["stay.to"],
        tokenised: ["stay.ward"],
        generalised: ["stay.from", "stay.to", "stay.booked", "ages"],
      },
    );
  });
});
