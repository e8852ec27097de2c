import { describe, expect, it } from "vitest";
import { checkBundle, patientKeys } from "./bundle.ts";

const bundle = (...resources: unknown[]): unknown => ({
  resourceType: "Bundle",
  type: "collection",
  entry: resources.map((resource) => ({ resource })),
});
const CANARY = "Quarzenstein";

describe("checkBundle", () => {
  it("takes a Bundle of the contract's types, contained resources of any type included", () => {
    const patient = { resourceType: "Patient", id: "a-1.b", contained: [{ resourceType: "Practitioner" }] };
    expect(() => checkBundle(bundle(patient, { resourceType: "Encounter" }), ["Patient", "Encounter"])).not.toThrow();
    expect(() => checkBundle({ resourceType: "Bundle", type: "transaction" }, ["Patient"])).not.toThrow();
  });

  const refused: [what: string, value: unknown, path: string][] = [
    ["no object", CANARY, "Bundle: must be an object"],
    ["an array", [CANARY], "Bundle: must be an object"],
    ["no Bundle", { resourceType: CANARY, type: "collection" }, "Bundle.resourceType: must be Bundle"],
    ["no type", { resourceType: "Bundle" }, "Bundle.type: must be one of"],
    ["an unknown type", { resourceType: "Bundle", type: CANARY }, "Bundle.type: must be one of"],
    [
      "entries that are no list",
      { resourceType: "Bundle", type: "batch", entry: CANARY },
      "Bundle.entry: must be an array",
    ],
    ["an entry without resource", { resourceType: "Bundle", type: "batch", entry: [{}] }, "Bundle.entry[0]: must hold"],
    ["a resource without type", bundle({ name: CANARY }), "Bundle.entry[0].resource: must name its resourceType"],
    ["a type that is no text", bundle({ resourceType: 5 }), "Bundle.entry[0].resource.resourceType: must be a string"],
    [
      "a type that the contract does not have",
      bundle({ resourceType: "Patient" }, { resourceType: CANARY }),
      "Bundle.entry[1].resource: is of a type that the contract does not have; it has Patient",
    ],
    [
      "an id that is none",
      bundle({ resourceType: "Patient", id: `${CANARY}/1` }),
      "Bundle.entry[0].resource.id: must match",
    ],
  ];
  it.each(refused)("refuses %s by its path, and says nothing of its content", (_what, value, message) => {
    const check = (): void => checkBundle(value, ["Patient"]);
    expect(check).toThrow(expect.objectContaining({ code: "FhirInvalid", message: expect.stringContaining(message) }));
    expect(check).not.toThrow(CANARY);
  });
});

describe("patientKeys", () => {
  const patient = (...identifier: unknown[]): unknown => ({ resourceType: "Patient", id: "p1", identifier });
  const typed = (code: string, value: string): unknown => ({
    type: { coding: [{ code }] },
    system: "urn:oid:1",
    value,
  });

  it("is assigner and value of the medical record number, then of the internal identifier, then of the first one", () => {
    expect(patientKeys(bundle(patient(typed("SS", "9"), typed("PI", "8"), typed("MR", "7"))))).toEqual(["urn:oid:1|7"]);
    expect(patientKeys(bundle(patient(typed("SS", "9"), typed("PI", "8"))))).toEqual(["urn:oid:1|8"]);
    expect(patientKeys(bundle(patient(typed("SS", "9"), { value: "2" })))).toEqual(["urn:oid:1|9"]);
  });

  it("names the assigner by system, else by its identifier, else by its name, else not at all", () => {
    const keys = (identifier: unknown): string[] => patientKeys(bundle(patient(identifier)));
    expect(keys({ system: "s", value: "1", assigner: { display: "d" } })).toEqual(["s|1"]);
    expect(keys({ value: "1", assigner: { display: "d", identifier: { value: "i" } } })).toEqual(["i|1"]);
    expect(keys({ value: "1", assigner: { display: "d" } })).toEqual(["d|1"]);
    expect(keys({ value: "1" })).toEqual(["|1"]);
  });

  it("has one key for each Patient in order of entries, without repetition", () => {
    const both = bundle(patient(typed("MR", "1")), { resourceType: "Encounter" }, patient(typed("MR", "2")));
    expect(patientKeys(both)).toEqual(["urn:oid:1|1", "urn:oid:1|2"]);
    expect(patientKeys(bundle(patient(typed("MR", "1")), patient(typed("MR", "1"))))).toEqual(["urn:oid:1|1"]);
  });

  it("falls back to the logical id, and has none without Patient", () => {
    expect(patientKeys(bundle(patient()))).toEqual(["Patient|p1"]);
    expect(patientKeys(bundle({ resourceType: "Patient" }, { resourceType: "Encounter" }))).toEqual([]);
  });
});
