import { describe, expect, it } from "vitest";
import { PID, adt, convert, resourcesOf } from "../../../../../test/builders/adt.ts";
import { tableSystem } from "../../codes/table.ts";

const patient = (...segments: string[]) => resourcesOf("Patient", ...segments)[0];
const unmapped = (...segments: string[]): string[] => convert(adt("A08", ...segments)).unmapped;
const pid = (fields: Record<number, string>): string =>
  Object.assign(
    Array.from({ length: 41 }, () => ""),
    { 0: "PID", 3: "100^^^HOSP^MR", ...fields },
  ).join("|");

describe("Patient of PID", () => {
  it("has birth date, and the time of birth where it was sent", () => {
    expect(patient(pid({ 7: "19310307" }))).toMatchObject({ birthDate: "1931-03-07" });
    expect(patient(pid({ 7: "19310307" }))?._birthDate).toBeUndefined();
    expect(patient(pid({ 7: "193103071542" }))).toMatchObject({
      birthDate: "1931-03-07",
      _birthDate: { extension: [{ valueDateTime: "1931-03-07T15:42:00+01:00" }] },
    });
  });

  it("is deceased by time, by flag, or not", () => {
    expect(patient(pid({ 29: "202601010203", 30: "Y" }))).toMatchObject({
      deceasedDateTime: "2026-01-01T02:03:00+01:00",
    });
    expect(patient(pid({ 29: "2026", 30: "Y" }))?.deceasedBoolean).toBeUndefined();
    expect(patient(pid({ 30: "Y" }))?.deceasedBoolean).toBe(true);
    expect(patient(pid({}))?.deceasedBoolean).toBeUndefined();
  });

  it("has a multiple birth by order or by flag", () => {
    expect(patient(pid({ 24: "Y", 25: "2" }))).toMatchObject({ multipleBirthInteger: 2 });
    expect(patient(pid({ 24: "Y" }))).toMatchObject({ multipleBirthBoolean: true });
    expect(unmapped(pid({ 24: "Y", 25: "zwei" }))).toEqual(["PID-25: not a positive whole number"]);
  });

  it("has the identifiers of all its fields, the social security number by its form", () => {
    expect(patient(pid({ 2: "2", 4: "4", 19: "999-77-0101", 20: "DL7^BY^20301231" }))?.identifier).toMatchObject([
      { value: "100" },
      { value: "2" },
      { value: "4" },
      { type: { coding: [{ code: "SS" }] }, system: "http://hl7.org/fhir/sid/us-ssn", value: "999-77-0101" },
      { type: { coding: [{ code: "DL" }] }, value: "DL7", period: { end: "2030-12-31" }, assigner: { display: "BY" } },
    ]);
    expect(patient(pid({ 19: "65 170839 J 003" }))?.identifier?.[1]).toEqual({
      type: { coding: [{ system: tableSystem("0203"), code: "SB" }] },
      value: "65 170839 J 003",
    });
    expect(patient(pid({ 3: "999-77-0101^^^SSA^SS", 19: "999-77-0101" }))?.identifier).toHaveLength(1);
  });

  it("has what FHIR keeps in extensions", () => {
    const fields = {
      6: "Zwiebelfisch^K.",
      10: "2106-3~X",
      17: "LUT",
      22: "H",
      23: "Nirgends",
      26: "DEU~AUT",
      28: "FRA",
    };
    expect(patient(pid(fields))?.extension?.map(({ url }) => url.split("/").at(-1))).toEqual([
      "patient-mothersMaidenName",
      "v2-race",
      "v2-race",
      "patient-religion",
      "v2-ethnic-group",
      "patient-birthPlace",
      "patient-citizenship",
      "patient-citizenship",
      "patient-nationality",
    ]);
  });

  it("has the moment of the last update", () => {
    expect(patient(pid({ 33: "20260314091500" }))?.meta).toEqual({ lastUpdated: "2026-03-14T09:15:00+01:00" });
    expect(patient(pid({ 33: "20260314" }))?.meta).toBeUndefined();
  });

  it("takes what is to be deleted for nothing", () => {
    expect(patient(pid({ 5: 'Quarz^""', 11: '""', 8: '""' }))).toEqual({
      resourceType: "Patient",
      id: expect.any(String),
      identifier: expect.any(Array),
      name: [{ family: "Quarz" }],
    });
    expect(unmapped(pid({ 18: '""', 27: '""' }))).toEqual([]);
  });
});

describe("Patient of PD1", () => {
  it("has practice and doctor as general practitioners, disability and congregation", () => {
    const result = patient(PID, "PD1|||Praxis^^^^^^XX^^^P1|D1^Kraut^Otti||W^Rollstuhl||||||||Zur Eiche");
    expect(result?.generalPractitioner).toMatchObject([
      { type: "Organization", identifier: { value: "P1" }, display: "Praxis" },
      { reference: "#practitioner-1", display: "Otti Kraut" },
    ]);
    expect(result?.contained).toMatchObject([{ resourceType: "Practitioner", id: "practitioner-1" }]);
    expect(result?.extension).toMatchObject([
      { valueCodeableConcept: { coding: [{ code: "W" }] } },
      { valueString: "Zur Eiche" },
    ]);
  });

  it("leaves no empty lists behind where it has neither", () => {
    expect(patient(PID, "PD1|||||||||N")).toEqual(patient(PID));
    expect(unmapped(PID, "PD1|||||||||N")).toEqual(["PD1-9: field not mapped"]);
  });
});

describe("NK1", () => {
  it("of a person becomes a RelatedPerson", () => {
    const nk1 = "NK1|1|Quarz^Balt|SPO|^^Quell|7^^CP|8|C|1956|2020|||K1|||F|19300419||||de|||||||||||||K2^^^HOSP";
    expect(resourcesOf("RelatedPerson", nk1)).toMatchObject([
      {
        identifier: [{ value: "K2" }, { value: "K1" }],
        relationship: [{ coding: [{ code: "SPS" }, { code: "SPO" }] }, { coding: [{ code: "C" }] }],
        name: [{ family: "Quarz", given: ["Balt"] }],
        telecom: [
          { value: "7", use: "mobile" },
          { value: "8", use: "work" },
        ],
        gender: "female",
        birthDate: "1930-04-19",
        address: [{ city: "Quell" }],
        period: { start: "1956", end: "2020" },
        communication: [{ language: { coding: [{ code: "de" }, { code: "de" }] } }],
      },
    ]);
  });

  it.each([
    ["an employer by relationship", "NK1|1|Quarz^Balt|EMR"],
    ["an employer by role", "NK1|1|Quarz^Balt||||||".replace(/\|+$/, "|||||E")],
    ["an organization without a person", "NK1|1||||||||||||Zwirn AG"],
  ])("of %s becomes a contact of the Patient", (_what, nk1) => {
    expect(resourcesOf("RelatedPerson", nk1)).toEqual([]);
    expect(patient(nk1)?.contact).toHaveLength(1);
  });

  it("of an organization has its contact person, address and name", () => {
    const nk1 = "NK1|1|Quarz^Balt|EMR|^^Quell|7|8|E|2020|||||Zwirn AG^^^^^^XX^^^O1||F";
    expect(patient(nk1)?.contact).toMatchObject([
      {
        extension: [{ valueCodeableConcept: { coding: [{ code: "E" }, { code: "EMR" }] } }],
        relationship: [{ coding: [{ code: "E" }] }],
        name: { family: "Quarz" },
        telecom: [{ value: "7" }, { value: "8", use: "work" }],
        address: { city: "Quell" },
        gender: "female",
        organization: { display: "Zwirn AG", identifier: { value: "O1" } },
        period: { start: "2020" },
      },
    ]);
  });

  it("has a mother of whom PID knows only the identifier", () => {
    expect(resourcesOf("RelatedPerson", pid({ 21: "M1^^^HOSP" }))).toMatchObject([
      { identifier: [{ value: "M1" }], relationship: [{ coding: [{ code: "MTH" }] }] },
    ]);
  });
});

describe("AL1", () => {
  it("becomes an AllergyIntolerance", () => {
    expect(resourcesOf("AllergyIntolerance", "AL1|1|FA|^Haselnuss|SV|Niesen~Husten|1999")).toMatchObject([
      {
        clinicalStatus: { coding: [{ code: "active" }] },
        type: "allergy",
        category: ["food"],
        criticality: "high",
        code: { text: "Haselnuss" },
        onsetDateTime: "1999",
        reaction: [{ manifestation: [{ text: "Niesen" }, { text: "Husten" }] }],
      },
    ]);
  });

  it("keeps a category and a severity that FHIR lacks, and tells what is no allergy", () => {
    const [allergy] = resourcesOf("AllergyIntolerance", "AL1|1|MC|^Zimt|MO");
    expect(allergy?.type).toBeUndefined();
    expect([allergy?.category, allergy?.criticality]).toEqual([[null], undefined]);
    const source = (
      element: { extension: { valueCodeableConcept?: { coding?: { code?: string }[] } }[] } | undefined,
    ) => element?.extension[0]?.valueCodeableConcept?.coding?.[0]?.code;
    expect([source(allergy?._category?.[0]), source(allergy?._criticality)]).toEqual(["MC", "MO"]);
    expect(unmapped(PID, "AL1|1|MC|^Zimt|MO")).toEqual(["AL1-2: code not mapped", "AL1-4: code not mapped"]);
  });
});

describe("IN1", () => {
  it("becomes a Coverage with the insurer contained", () => {
    const in1 =
      "IN1|1|GOLD^Gold^99P|QK1^^^IK|Kasse~Altname|^^Quell|Bear^Beiter|7|G1|Gruppe|E1|Zwirn AG|2020|2030||HMO|||||||2|||||||||||||SUB^Sub|POL1";
    const [coverage] = resourcesOf("Coverage", in1);
    expect(coverage).toMatchObject({
      status: "active",
      identifier: [
        { type: { text: "health plan id" }, system: "https://fascia.dev/fhir/v2-coding-system/99P", value: "GOLD" },
        { type: { text: "policy number" }, value: "POL1" },
      ],
      type: { coding: [{ code: "HMO" }] },
      policyHolder: { type: "Organization", identifier: { value: "E1" }, display: "Zwirn AG" },
      period: { start: "2020", end: "2030" },
      payor: [{ reference: "#payor", identifier: { value: "QK1" }, display: "Kasse" }],
      class: [
        { value: "G1", name: "Gruppe" },
        { value: "GOLD", name: "Gold" },
        { value: "SUB", name: "Sub" },
      ],
      order: 2,
    });
    expect(coverage?.contained).toMatchObject([
      {
        id: "payor",
        identifier: [{ value: "QK1" }],
        name: "Kasse",
        alias: ["Altname"],
        telecom: [{ value: "7" }],
        address: [{ city: "Quell" }],
        contact: [{ name: { family: "Bear" } }],
      },
    ]);
  });

  const in1 = (fields: Record<number, string>): string =>
    Object.assign(
      Array.from({ length: 50 }, () => ""),
      { 0: "IN1", 2: "GOLD", 3: "QK1", ...fields },
    ).join("|");

  it("names the Patient as subscriber where IN1-17 says self, or only the name says so", () => {
    const subscriber = (fields: Record<number, string>) =>
      resourcesOf("Coverage", pid({ 5: "Quarz^Theo" }), in1(fields))[0]?.subscriber?.reference?.split("/")[0];
    expect(subscriber({ 17: "SEL" })).toBe("Patient");
    expect(subscriber({ 16: "Quarz^Theo" })).toBe("Patient");
    expect(subscriber({ 16: "Quarz^Balt" })).toBe("RelatedPerson");
    expect(subscriber({ 16: "Quarz^Theo", 17: "SPO" })).toBe("RelatedPerson");
    expect(subscriber({})).toBeUndefined();
  });

  it("reports what it says of the insured patient unless PID says the same", () => {
    const about = (fields: Record<number, string>): string[] =>
      unmapped(pid({ 5: "Quarz^Theo", 7: "1931", 8: "F", 11: "Gasse 7^^Quell" }), in1({ 17: "SEL", ...fields }));
    expect(about({ 16: "Quarz^Theo^^^Dr.", 18: "1931", 19: "Gasse 7^^Quell^BY", 43: "F" })).toEqual([]);
    expect(about({ 16: "Quarz^Balt", 18: "1930", 19: "Weg 1^^Quell", 43: "M" })).toEqual(
      [16, 18, 19, 43].map((field) => `IN1-${field}: field not mapped`),
    );
    expect(unmapped(PID, in1({ 18: "1930" }))).toEqual(["IN1-18: field not mapped"]);
  });

  it("makes a RelatedPerson of another insured", () => {
    const segment = in1({ 16: "Quarz^Balt", 17: "SPO", 18: "19300419", 19: "^^Quell", 43: "M" });
    expect(resourcesOf("RelatedPerson", segment)).toMatchObject([
      {
        relationship: [{ coding: [{ code: "SPS" }, { code: "SPO" }] }],
        name: [{ family: "Quarz" }],
        gender: "male",
        birthDate: "1930-04-19",
        address: [{ city: "Quell" }],
      },
    ]);
  });

  it("has the member's id both as R4 and as the guide has it", () => {
    expect(resourcesOf("Coverage", in1({ 49: "M1^^^KASSE" }))[0]).toMatchObject({
      subscriberId: "M1",
      extension: [{ valueIdentifier: { value: "M1", assigner: { display: "KASSE" } } }],
    });
  });

  it("has an unknown payor where none is named, as a Coverage must have one", () => {
    expect(resourcesOf("Coverage", "IN1|1|GOLD")[0]?.payor).toEqual([
      { extension: [{ url: "http://hl7.org/fhir/StructureDefinition/data-absent-reason", valueCode: "unknown" }] },
    ]);
  });

  it("reports a priority that is no number", () => {
    expect(unmapped(PID, in1({ 22: "zuerst" }))).toEqual(["IN1-22: not a positive whole number"]);
  });
});
