import { describe, expect, it } from "vitest";
import { PID, adt, convert, resourcesOf } from "../../../../../test/builders/adt.ts";
import { tableSystem } from "../../codes/table.ts";

const unmapped = (...segments: string[]): string[] => convert(adt("A08", ...segments)).unmapped;
const maritalStatus = (value: string) => resourcesOf("Patient", `${PID}${"|".repeat(13)}${value}`)[0]?.maritalStatus;
const allergen = (value: string) => resourcesOf("AllergyIntolerance", `AL1|1||${value}`)[0]?.code;

describe("a coded element as CodeableConcept", () => {
  it("has the guide's coding first and keeps the one that was sent", () => {
    expect(maritalStatus("G^Living together")).toEqual({
      coding: [
        { system: "http://terminology.hl7.org/CodeSystem/v3-MaritalStatus", code: "T", display: "Domestic partner" },
        { system: tableSystem("0002"), code: "G", display: "Living together" },
      ],
    });
  });

  it.each(["G", "G^^HL70002", "G^^HL7-0002", "G^^HL72"])("knows the table in %s", (value) => {
    expect(maritalStatus(value)?.coding?.map(({ code }) => code)).toEqual(["T", "G"]);
  });

  it("keeps a code that the table does not have, and reports it", () => {
    const pid = `${PID}${"|".repeat(13)}QX^Quixotic`;
    expect(maritalStatus("QX^Quixotic")).toEqual({
      coding: [{ system: tableSystem("0002"), code: "QX", display: "Quixotic" }],
    });
    expect(unmapped(pid)).toEqual(["PID-16: code not mapped"]);
  });

  it("keeps a code of a system that only its sender knows, and reports it", () => {
    expect(allergen("X1^Staub^99ALG")?.coding).toEqual([
      { system: "https://fascia.dev/fhir/v2-coding-system/99ALG", code: "X1", display: "Staub" },
    ]);
    expect(unmapped(PID, "AL1|1||X1^Staub^99ALG")).toEqual(["AL1-3: code not mapped"]);
  });

  it("has alternate coding, versions and original text", () => {
    expect(allergen("70618^Penicillin^RXNORM^91936005^Allergy to penicillin^SCT^2026^2025^Penizillin")).toEqual({
      coding: [
        {
          system: "http://www.nlm.nih.gov/research/umls/rxnorm",
          version: "2026",
          code: "70618",
          display: "Penicillin",
        },
        { system: "http://snomed.info/sct", version: "2025", code: "91936005", display: "Allergy to penicillin" },
      ],
      text: "Penizillin",
    });
  });

  it("is text where there is no code", () => {
    expect(allergen("^Zimtstaub")).toEqual({ text: "Zimtstaub" });
  });

  it("unescapes, and writes blanks in codes as FHIR allows them", () => {
    expect(allergen("A\\T\\B  C^x\\S\\y")?.coding).toEqual([{ code: "A&B C", display: "x^y" }]);
  });

  it("adds the tag of BCP 47 to a language that looks like one", () => {
    const language = (value: string) =>
      resourcesOf("Patient", `${PID}${"|".repeat(12)}${value}`)[0]?.communication?.[0]?.language.coding;
    expect(language("DE")).toEqual([
      { system: "urn:ietf:bcp:47", code: "de" },
      { system: tableSystem("0296"), code: "DE" },
    ]);
    expect(language("de-at")?.[0]).toEqual({ system: "urn:ietf:bcp:47", code: "de-AT" });
    expect(language("GER")).toEqual([{ system: tableSystem("0296"), code: "GER" }]);
    expect(language("de^Deutsch^ISO639")).toEqual([{ system: "urn:ietf:bcp:47", code: "de", display: "Deutsch" }]);
  });
});

describe("a coded element as code", () => {
  const sex = (value: string) => {
    const [patient] = resourcesOf("Patient", `${PID}|||||${value}`);
    return { gender: patient?.gender, source: patient?._gender?.extension[0]?.valueCodeableConcept?.coding };
  };

  it("is the guide's code and nothing else where that says it all", () => {
    expect(sex("F^Female^HL70001")).toEqual({ gender: "female", source: undefined });
    expect(unmapped(`${PID}|||||F^Female^HL70001`)).toEqual([]);
  });

  it("keeps the source code where several become one", () => {
    expect(sex("A")).toEqual({ gender: "other", source: [{ system: tableSystem("0001"), code: "A" }] });
    expect(unmapped(`${PID}|||||A`)).toEqual([]);
  });

  it("keeps the source code where FHIR has none, and reports it", () => {
    expect(sex("X^Divers^99SEX")).toEqual({
      gender: undefined,
      source: [{ system: "https://fascia.dev/fhir/v2-coding-system/99SEX", code: "X", display: "Divers" }],
    });
    expect(unmapped(`${PID}|||||X`)).toEqual(["PID-8: code not mapped"]);
  });
});

describe("yes and no", () => {
  it("is Y or N; anything else is reported and is neither", () => {
    const dead = (value: string) => resourcesOf("Patient", `${PID}${"|".repeat(27)}${value}`)[0]?.deceasedBoolean;
    expect([dead("Y"), dead("N"), dead("maybe"), dead('""')]).toEqual([true, false, undefined, undefined]);
    expect(unmapped(`${PID}${"|".repeat(27)}maybe`)).toEqual(["PID-30: code not mapped"]);
  });
});
