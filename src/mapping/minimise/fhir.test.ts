import { describe, expect, it } from "vitest";
import { minimise } from "../minimise.ts";
import { bundle, fhir, resourcesOf, seen, substitutes } from "./testkit.ts";

describe("in a Bundle", () => {
  it("an element goes from every list on its way, and what is left empty with it", () => {
    const rules = fhir({ path: "Patient.contact.name", level: "Restricted" });
    const patient = {
      resourceType: "Patient",
      contact: [{ name: { family: "CANARY" } }, { gender: "male", name: {} }],
    };
    expect(seen(rules, patient)).toEqual([{ resourceType: "Patient", contact: [{ gender: "male" }] }]);
    expect(seen(rules, { resourceType: "Patient", contact: [{ name: {} }] })).toEqual([{ resourceType: "Patient" }]);
  });

  it("an element goes from contained and nested resources of its type, wherever they stand", () => {
    const rules = fhir({ path: "Patient.telecom", level: "Restricted" });
    const patient = { resourceType: "Patient", telecom: [{ value: "CANARY" }] };
    const clean = { resourceType: "Patient" };
    expect(seen(rules, { resourceType: "Encounter", contained: [patient] })).toEqual([
      { resourceType: "Encounter", contained: [clean] },
    ]);
    expect(seen(rules, bundle(patient))).toEqual([bundle(clean)]);
    const parameters = (resource: object) => ({
      resourceType: "Parameters",
      parameter: [{ name: "p", part: [{ name: "q", resource }] }],
    });
    expect(seen(rules, parameters(patient))).toEqual([parameters(clean)]);
  });

  it("elements of other types stay, and elements of longer names", () => {
    const rules = fhir(
      { path: "Patient.telecom", level: "Restricted" },
      { path: "Encounter.class", level: "Restricted" },
    );
    const kept = [
      { resourceType: "Practitioner", telecom: [{ value: "1" }] },
      { resourceType: "Encounter", classHistory: [{ class: { code: "IMP" } }] },
    ];
    expect(seen(rules, ...kept)).toEqual(kept);
  });

  it("a primitive goes with its extensions, a choice in whatever type it is", () => {
    const rules = fhir(
      { path: "Patient.birthDate", level: "Restricted" },
      { path: "Observation.value", level: "Restricted" },
    );
    const born = {
      resourceType: "Patient",
      birthDate: "1980-01-01",
      _birthDate: { extension: [{ valueDateTime: "CANARY" }] },
    };
    expect(seen(rules, born)).toEqual([{ resourceType: "Patient" }]);
    expect(
      seen(rules, {
        resourceType: "Observation",
        valueQuantity: { value: 4711 },
        valueString: "CANARY",
        _valueString: {},
      }),
    ).toEqual([{ resourceType: "Observation" }]);
  });

  it("narratives go, since they repeat elements", () => {
    const rules = fhir({ path: "Patient.telecom", level: "Restricted" });
    const text = { status: "generated", div: "<div>CANARY</div>" };
    const resources = [
      { resourceType: "Patient", text, maritalStatus: { text: "Married" } },
      { resourceType: "Composition", section: [{ title: "Contact", text }] },
    ];
    expect(seen(rules, ...resources)).toEqual([
      { resourceType: "Patient", maritalStatus: { text: "Married" } },
      { resourceType: "Composition", section: [{ title: "Contact" }] },
    ]);
  });

  it.each([
    ["by an address within the Bundle", "urn:uuid:0"],
    ["by a relative URL", "Patient/p"],
    ["by an absolute URL with a version", "https://fhir.example/base/Patient/p/_history/3"],
    ["by a contained id", "#c"],
    ["by an id that FHIR does not allow", "Patient/p_1|2"],
    ["by an id that is too long", `https://fhir.example/Patient/${"p".repeat(65)}`],
    ["with a fragment", "Patient/p#name"],
    ["with a blank before and a slash behind it", " Patient/p/"],
  ])("References to a resource that is subject to rules keep only their address: %s", (_how, reference) => {
    const rules = fhir({ path: "Patient.name", level: "Restricted" });
    const patient = { resourceType: "Patient", id: "p" };
    const subject = {
      reference,
      display: "CANARY",
      identifier: { value: "CANARY" },
      extension: [{ url: "x", valueString: "CANARY" }],
    };
    const practitioner = { reference: "Practitioner/1", display: "Dr. Who" };
    const encounter = {
      resourceType: "Encounter",
      contained: [{ resourceType: "Patient", id: "c" }],
      subject,
      author: practitioner,
    };
    expect(seen(rules, patient, encounter)[1]).toEqual({ ...encounter, subject: { reference } });
  });

  it("References that hold what they point to by search or by identifier alone lose it", () => {
    const rules = fhir({ path: "Patient.identifier", level: "Restricted" });
    const encounter = {
      resourceType: "Encounter",
      subject: { reference: "Patient?identifier=CANARY" },
      patient: { type: "Patient", identifier: { value: "CANARY" }, display: "CANARY" },
    };
    expect(seen(rules, encounter)).toEqual([{ resourceType: "Encounter", patient: { type: "Patient" } }]);
  });

  it("searches in requests and links go: they hold values", () => {
    const rules = fhir({ path: "Patient.identifier", level: "Restricted" });
    const patient = { resourceType: "Patient" };
    const requests = [
      { method: "PUT", url: "Patient?identifier=CANARY" },
      { method: "POST", url: "Patient", ifNoneExist: "CANARY" },
      { method: "PUT", url: { toString: "Patient?identifier=CANARY" } },
      { method: "PUT", url: "Patient/1" },
    ];
    const payload = {
      resourceType: "Bundle",
      link: [
        { relation: "self", url: "https://fhir.example/Patient?name=CANARY" },
        { relation: "next", url: ["https://fhir.example/Patient?name=CANARY"] },
      ],
      entry: requests.map((request) => ({ resource: patient, request })),
    };
    expect(minimise(payload, rules, "Internal", substitutes).payload).toEqual({
      resourceType: "Bundle",
      link: [{ relation: "self" }, { relation: "next" }],
      entry: [...Array.from({ length: 3 }, () => ({ resource: patient })), { resource: patient, request: requests[3] }],
    });
  });
});

describe("a resource type that is hidden whole", () => {
  const rules = fhir({ path: "AllergyIntolerance", level: "Restricted" });
  const allergy = { resourceType: "AllergyIntolerance", id: "a", code: { text: "CANARY" } };
  const patient = { resourceType: "Patient", id: "p" };

  it("goes with its entries, and says so", () => {
    const result = minimise(bundle(patient, allergy), rules, "Internal", substitutes);
    expect(result.payload).toEqual(bundle(patient));
    expect(result.removed).toEqual(["AllergyIntolerance"]);
  });

  it("goes from contained resources and parameters too", () => {
    const encounter = { resourceType: "Encounter", contained: [allergy, patient] };
    expect(seen(rules, encounter)).toEqual([{ resourceType: "Encounter", contained: [patient] }]);
    const parameters = { resourceType: "Parameters", parameter: [{ name: "CANARY", resource: allergy }] };
    expect(seen(rules, parameters)).toEqual([{ resourceType: "Parameters" }]);
  });

  it("leaves no Reference to it, and no Provenance of it alone", () => {
    const provenance = (...targets: string[]) => ({
      resourceType: "Provenance",
      target: targets.map((reference) => ({ reference })),
    });
    const list = {
      resourceType: "List",
      entry: [{ item: { reference: "AllergyIntolerance/elsewhere" } }],
      source: { reference: "#x" },
    };
    const result = minimise(
      bundle(
        patient,
        allergy,
        provenance("urn:uuid:0", "urn:uuid:1"),
        provenance("urn:uuid:1", "AllergyIntolerance/a"),
        list,
      ),
      rules,
      "Internal",
      substitutes,
    );
    expect(resourcesOf(result)).toEqual([
      patient,
      provenance("urn:uuid:0"),
      { resourceType: "List", source: { reference: "#x" } },
    ]);
    expect(result.removed).toEqual(["AllergyIntolerance", "Provenance.target", "Provenance", "List.entry.item"]);
  });

  it("leaves a Bundle without entries where there was nothing else", () => {
    expect(minimise(bundle(allergy), rules, "Internal", substitutes).payload).toEqual({
      resourceType: "Bundle",
      type: "message",
    });
  });

  it("may be tokenised instead: what it is and where it stands stays", () => {
    const tokenised = fhir({ path: "AllergyIntolerance", level: "Restricted", minimise: "Tokenise" });
    expect(
      seen(tokenised, { ...allergy, _recordedDate: { extension: [] }, verified: true, onsetAge: { value: 12 } }),
    ).toEqual([
      {
        resourceType: "AllergyIntolerance",
        id: "a",
        code: { text: "token:6" },
        verified: "token:4",
        onsetAge: { value: "token:2" },
      },
    ]);
  });
});
