import { describe, expect, it } from "vitest";
import { PID, adt, convert, resourcesIn, resourcesOf } from "../../../../../test/builders/adt.ts";
import { tableSystem } from "../../codes/table.ts";

/** The Encounter of a PV1 with these fields. */
function encounter(fields: Record<number, string>, event = "A08", ...more: string[]) {
  const pv1 = Array.from({ length: 55 }, (_, field) => fields[field] ?? "");
  pv1[0] = "PV1";
  const { bundle } = convert(adt(event, PID, pv1.join("|"), ...more));
  return resourcesIn(bundle, "Encounter")[0];
}
const unmapped = (...segments: string[]): string[] => convert(adt("A08", PID, ...segments)).unmapped;

describe("Encounter.status", () => {
  it.each([
    ["A01", { 2: "I" }, "in-progress"],
    ["A01", { 2: "P" }, "in-progress"],
    ["A03", { 2: "I" }, "finished"],
    ["A04", { 2: "E" }, "in-progress"],
    ["A04", { 2: "P" }, "planned"],
    ["A08", { 2: "O" }, "in-progress"],
    ["A08", { 2: "U" }, "unknown"],
    ["A08", { 2: "QQ" }, "unknown"],
    ["A08", { 2: "I", 45: "20260318" }, "finished"],
  ])("of %s with %o is %s", (event, fields, status) => {
    expect(encounter(fields, event)?.status).toBe(status);
  });
});

describe("Encounter of PV1", () => {
  it("has the class that the guide has for the patient class, and keeps another", () => {
    expect(encounter({ 2: "I" })?.class).toMatchObject({ code: "IMP" });
    expect(encounter({ 2: "QQ" })?.class).toEqual({ system: tableSystem("0004"), code: "QQ" });
    expect(encounter({})?.class).toMatchObject({ code: "UNK" });
    expect(unmapped("PV1|1|QQ")).toEqual(["PV1-2: code not mapped"]);
  });

  it("has the people with what part they have, each contained once", () => {
    const doctor = "7^Fingerhut&von^Adalbert^A.^jr.^Prof.^MD^^KLINIK&1.2&ISO^L^^^DN";
    const result = encounter({ 7: `${doctor}~8^Zweit`, 17: doctor, 8: "^Namenlos^N." });
    expect(
      result?.participant?.map(({ type, individual }) => [type?.[0]?.coding?.[0]?.code, individual?.reference]),
    ).toEqual([
      ["ATND", "#practitioner-1"],
      ["ATND", "#practitioner-2"],
      ["REF", "#practitioner-3"],
      ["ADM", "#practitioner-1"],
    ]);
    expect(result?.participant?.[0]?.individual).toMatchObject({
      identifier: { value: "7", system: "urn:oid:1.2" },
      display: "Prof. Adalbert A. Fingerhut jr. MD",
    });
    expect(result?.contained?.[0]).toMatchObject({
      resourceType: "Practitioner",
      identifier: [{ type: { coding: [{ code: "DN" }] }, value: "7" }],
      name: [
        { use: "official", family: "Fingerhut", given: ["Adalbert", "A."], prefix: ["Prof."], suffix: ["jr.", "MD"] },
      ],
    });
    expect(result?.contained).toHaveLength(3);
  });

  it("has places as the guide has them: the bed, part of the room, part of the ward, and so on", () => {
    const result = encounter({ 3: "3W^201^A^KLINIK&1.2&ISO^^N^HAUS^3^Am Fenster" });
    expect(result?.location).toEqual([
      { location: { reference: "#location-3-bd", display: "3W 201 A" }, status: "active" },
    ]);
    const places = result?.contained as { id: string; name: string; partOf?: { reference: string } }[];
    expect(places.map(({ id, name, partOf }) => [id, name, partOf?.reference])).toEqual([
      ["location-3-si", "KLINIK", undefined],
      ["location-3-bu", "HAUS", "#location-3-si"],
      ["location-3-lvl", "3", "#location-3-bu"],
      ["location-3-wa", "3W", "#location-3-lvl"],
      ["location-3-ro", "201", "#location-3-wa"],
      ["location-3-bd", "A", "#location-3-ro"],
    ]);
    expect(places[0]).toMatchObject({ identifier: [{ system: "urn:ietf:rfc:3986", value: "urn:oid:1.2" }] });
    expect(places[5]).toMatchObject({ description: "Am Fenster", type: [{ coding: [{ code: "N" }] }] });
  });

  it("tells by status where the patient is, was, is for a while and will be", () => {
    const status = (fields: Record<number, string>) =>
      encounter({ 2: "I", ...fields })?.location?.map((stay) => [
        stay.location.display,
        stay.status,
        stay.extension !== undefined,
      ]);
    expect(status({ 3: "A", 6: "B", 11: "C", 42: "D", 43: "E" })).toEqual([
      ["A", "active", false],
      ["B", "completed", false],
      ["C", "active", true],
      ["D", "reserved", false],
      ["E", "completed", true],
    ]);
    expect(status({ 2: "P", 3: "A" })).toEqual([["A", "planned", false]]);
  });

  it("has admission, discharge, identifiers, account and episode", () => {
    const fields = { 5: "P1", 13: "R", 14: "7", 16: "VIP", 19: "V1", 36: "01", 37: "HEIM", 38: "VEG", 39: "KLINIK" };
    const result = encounter({ ...fields, 10: "MED", 44: "20260314", 45: "20260318", 50: "X1", 53: "Knie", 54: "E1" });
    expect(result).toMatchObject({
      identifier: [{ type: { coding: [{ code: "VN" }], text: "visit number" }, value: "V1" }, { value: "X1" }],
      serviceType: { coding: [{ code: "MED" }] },
      period: { start: "2026-03-14", end: "2026-03-18" },
      hospitalization: {
        preAdmissionIdentifier: { value: "P1" },
        admitSource: { coding: [{ code: "7" }] },
        reAdmission: { coding: [{ code: "R" }] },
        specialCourtesy: [{ coding: [{ code: "VIP" }] }],
        dietPreference: [{ coding: [{ code: "VEG" }] }],
        destination: { identifier: { value: "HEIM" } },
        dischargeDisposition: { coding: [{ code: "01" }] },
      },
      serviceProvider: { display: "KLINIK" },
      episodeOfCare: [{ identifier: { value: "E1" }, display: "Knie" }],
    });
    const [withAccount] = resourcesOf("Encounter", `${PID}|||||||||||||||KONTO^^^HOSP`, "PV1|1|I");
    expect(withAccount?.account).toMatchObject([{ type: "Account", identifier: { value: "KONTO" } }]);
  });

  it("is none where PV1 only says that there is no visit", () => {
    expect(encounter({ 2: "N" })).toBeUndefined();
    expect(unmapped("PV1|1|N")).toEqual(["PV1: no visit"]);
    expect(encounter({ 2: "N", 19: "V1" })).toBeDefined();
  });
});

describe("Encounter of PV2", () => {
  it("has reason, priority, plans, length, arrival and description", () => {
    const pv2 = Array.from({ length: 39 }, () => "");
    Object.assign(pv2, {
      0: "PV2",
      3: "R07.4^Schmerz^I10",
      8: "20260313",
      9: "20260318",
      11: "4.5",
      12: "Sturz \\T\\ <Fall>",
    });
    Object.assign(pv2, { 13: "9^Rufer", 25: "2", 38: "A" });
    expect(encounter({ 2: "I" }, "A08", pv2.join("|"))).toMatchObject({
      reasonCode: [{ coding: [{ system: "http://hl7.org/fhir/sid/icd-10", code: "R07.4" }] }],
      priority: { coding: [{ code: "UR" }, { code: "2" }] },
      length: { value: 4.5, code: "d" },
      text: { status: "additional", div: '<div xmlns="http://www.w3.org/1999/xhtml">Sturz &amp; &lt;Fall&gt;</div>' },
      participant: [{ type: [{ coding: [{ code: "REF" }] }], individual: { display: "Rufer" } }],
      extension: [
        { url: expect.stringContaining("plannedStartDate"), valueDateTime: "2026-03-13" },
        { url: expect.stringContaining("plannedEndDate"), valueDateTime: "2026-03-18" },
        { url: expect.stringContaining("modeOfArrival"), valueCoding: { code: "A" } },
      ],
    });
  });

  it("reports a length that is no number, and itself where there is no PV1", () => {
    expect(unmapped("PV1|1|I", "PV2|||||||||||vier")).toEqual(["PV2-11: not a number"]);
    expect(unmapped("PV2|||^Schmerz")).toEqual(["PV2-3: field not mapped"]);
  });
});
