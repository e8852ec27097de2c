import { describe, expect, it } from "vitest";
import { PID, adt, convert, resourcesOf } from "../../../../../test/builders/adt.ts";
import { tableSystem } from "../../codes/table.ts";

const unmapped = (segment: string): string[] => convert(adt("A08", segment)).unmapped;
/** The Patient of a PID whose field has this value. */
const patient = (field: number, value: string) =>
  resourcesOf("Patient", field === 3 ? `PID|1||${value}` : `${PID}${"|".repeat(field - 3)}${value}`)[0];
const alternate = (code: string, table: string) => ({
  extension: [
    {
      url: "http://hl7.org/fhir/StructureDefinition/alternate-codes",
      valueCodeableConcept: { coding: [{ system: tableSystem(table), code }] },
    },
  ],
});

describe("CX as Identifier", () => {
  it("has type, system of a universal id, assigner, check digit and validity", () => {
    expect(patient(3, "77^5^M11^HOSP&1.2.3&ISO^MR^^20200101^20301231")?.identifier).toEqual([
      {
        extension: [
          { url: "http://hl7.org/fhir/StructureDefinition/identifier-checkDigit", valueString: "5" },
          { url: "http://hl7.org/fhir/StructureDefinition/namingsystem-checkDigit", valueString: "M11" },
        ],
        type: { coding: [{ system: tableSystem("0203"), code: "MR" }] },
        system: "urn:oid:1.2.3",
        value: "77",
        period: { start: "2020-01-01", end: "2030-12-31" },
        assigner: { display: "HOSP" },
      },
    ]);
  });

  it.each([
    ["HOSP", undefined, { display: "HOSP" }],
    ["&1.2.3&ISO", "urn:oid:1.2.3", undefined],
    ["&C0FFEE00-0000-4000-8000-000000000000&UUID", "urn:uuid:c0ffee00-0000-4000-8000-000000000000", undefined],
    ["&https://hosp.example/mrn&URI", "https://hosp.example/mrn", undefined],
    ["HOSP&not a uri&URI", undefined, { display: "HOSP", identifier: expect.objectContaining({ value: "not a uri" }) }],
    [
      "HOSP&hosp.example&DNS",
      undefined,
      {
        display: "HOSP",
        identifier: { type: { coding: [{ system: tableSystem("0301"), code: "DNS" }] }, value: "hosp.example" },
      },
    ],
  ])("tells the system of %s only where it is a URI", (authority, system, assigner) => {
    const [identifier] = patient(3, `77^^^${authority}`)?.identifier ?? [];
    expect([identifier?.system, identifier?.assigner]).toEqual([system, assigner]);
  });

  it("reports what FHIR has no place for", () => {
    expect(unmapped("PID|1||77^^^A&1.2&ISO&X^MR^FAC")).toEqual([
      "PID-3.4.4: subcomponent not mapped",
      "PID-3.6: component not mapped",
    ]);
  });
});

describe("XPN as HumanName", () => {
  it("has all given names, prefix, every suffix, use and the parts of a surname", () => {
    const [name] =
      patient(5, "Müßig&von&Quarz&de&Silber^Theo^M. A.^jr.^Dr.^MD^L^^^^F^20200101^20210101^FACS")?.name ?? [];
    const url = "http://hl7.org/fhir/StructureDefinition/humanname-";
    expect(name).toEqual({
      use: "official",
      family: "Müßig",
      _family: {
        extension: [
          { url: `${url}own-prefix`, valueString: "von" },
          { url: `${url}own-name`, valueString: "Quarz" },
          { url: `${url}partner-prefix`, valueString: "de" },
          { url: `${url}partner-name`, valueString: "Silber" },
          { url: `${url}assembly-order`, valueCode: "F" },
        ],
      },
      given: ["Theo", "M. A."],
      prefix: ["Dr."],
      suffix: ["jr.", "MD", "FACS"],
      period: { start: "2020-01-01", end: "2021-01-01" },
    });
  });

  it("takes the older validity range where there are no dates", () => {
    expect(patient(5, "A^^^^^^^^^20200101&20210101")?.name?.[0]?.period).toEqual({
      start: "2020-01-01",
      end: "2021-01-01",
    });
  });

  it("keeps a name type that FHIR does not have", () => {
    expect(patient(5, "A^^^^^^B")?.name).toEqual([{ _use: alternate("B", "0200"), family: "A" }]);
    expect(unmapped(`${PID}||A^^^^^^B`)).toEqual(["PID-5.7: code not mapped"]);
  });

  it("has aliases as further names, and makes none of an empty one", () => {
    expect(resourcesOf("Patient", `${PID}||A~^^^^^^L||||B^C`)[0]?.name).toEqual([
      { family: "A" },
      { family: "B", given: ["C"] },
    ]);
  });
});

describe("XAD as Address", () => {
  it("has lines, place, use, district and validity", () => {
    const value = "Gasse 7&Gasse&7^Hof^Quell^BY^98765^DEU^H^^Kreis^1234^^^20200101^20210101^^^^^Herr A";
    expect(patient(11, value)?.address).toEqual([
      {
        extension: [{ url: "http://hl7.org/fhir/StructureDefinition/iso21090-ADXP-censusTract", valueString: "1234" }],
        line: ["Gasse 7", "Gasse", "7", "Hof", "Herr A"],
        city: "Quell",
        district: "Kreis",
        state: "BY",
        postalCode: "98765",
        country: "DEU",
        use: "home",
        period: { start: "2020-01-01", end: "2021-01-01" },
      },
    ]);
  });

  it.each([
    ["M", { type: "postal" }],
    ["SH", { type: "postal", _use: alternate("SH", "0190") }],
    ["BI", { use: "billing" }],
    ["P", { use: "home", _use: alternate("P", "0190") }],
    ["L", { _use: alternate("L", "0190") }],
  ])("tells what address type %s means, and keeps it where that is not all", (type, expected) => {
    expect(patient(11, `^^Quell^^^^${type}`)?.address).toEqual([{ city: "Quell", ...expected }]);
  });

  it("gives the county of PID-12 to the only address, and an address of its own among several", () => {
    const addresses = (value: string) => resourcesOf("Patient", `${PID}||||||||${value}|Kreis`)[0]?.address;
    expect(addresses("^^Quell")).toEqual([{ city: "Quell", district: "Kreis" }]);
    expect(addresses("^^Quell^^^^^^Gau")).toEqual([{ city: "Quell", district: "Gau" }, { district: "Kreis" }]);
    expect(addresses("^^Quell~^^Berg")).toEqual([{ city: "Quell" }, { city: "Berg" }, { district: "Kreis" }]);
    expect(addresses("")).toEqual([{ district: "Kreis" }]);
  });
});

describe("XTN as ContactPoint", () => {
  const parts = (...values: string[]) =>
    ["country", "area", "local", "extension"].flatMap((part, index) =>
      values[index]
        ? [{ url: `http://hl7.org/fhir/StructureDefinition/contactpoint-${part}`, valueString: values[index] }]
        : [],
    );

  it("is a number as one writes it, with its parts", () => {
    expect(patient(13, "^PRN^PH^^49^9999^770^11")?.telecom).toEqual([
      { extension: parts("49", "9999", "770", "11"), system: "phone", value: "+49 9999 770 ext. 11", use: "home" },
    ]);
  });

  it.each([
    ["the number in one piece", "0 99 / 77", { system: "phone", value: "0 99 / 77", use: "home" }],
    ["the unformatted number before the formatted", "1^^PH^^^^^^^^^2", { system: "phone", value: "2", use: "home" }],
    ["mail by its address", "^^^a@b.test", { system: "email", value: "a@b.test", use: "home" }],
    ["mail by its equipment", "a@b.test^NET^Internet", { system: "email", value: "a@b.test" }],
    ["a fax", "7^WPN^FX", { system: "fax", value: "7", use: "work" }],
    ["a beeper by use and equipment", "7^BPN^BP", { system: "pager", value: "7" }],
    ["a mobile", "7^PRN^CP", { system: "phone", value: "7", use: "mobile" }],
    ["a mobile at work", "7^WPN^CP", { system: "phone", value: "7", use: "mobile", _use: alternate("WPN", "0201") }],
    ["a use that FHIR lacks", "7^VHN^PH", { system: "phone", value: "7", _use: alternate("VHN", "0201") }],
    [
      "an equipment that FHIR lacks",
      "7^PRN^SAT",
      { system: "other", _system: alternate("SAT", "0202"), value: "7", use: "home" },
    ],
    [
      "an unknown equipment",
      "7^PRN^QQ",
      { system: "other", _system: alternate("QQ", "0202"), value: "7", use: "home" },
    ],
  ])("reads %s", (_what, value, expected) => {
    expect(patient(13, value)?.telecom).toEqual([expected]);
  });

  it("reports the number that is not the value", () => {
    expect(unmapped(`${PID}${"|".repeat(10)}1^^PH^^^^^^^^^2`)).toEqual(["PID-13.1: component not mapped"]);
  });

  it("takes what field the number stands in for its use, where it says none", () => {
    expect(resourcesOf("Patient", `${PID}${"|".repeat(10)}1|2`)[0]?.telecom?.map(({ use }) => use)).toEqual([
      "home",
      "work",
    ]);
  });
});
