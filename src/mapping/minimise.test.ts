import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractVersionSpec, Sensitivity } from "../api/contractversion.ts";
import { LEVELS, type Level } from "../api/meta.ts";
import { minimise } from "./minimise.ts";

const base = {
  contract: "admission",
  version: "1.0.0",
  domain: "registration",
  owner: "Registration <r@hospital.example>",
};

type Rule = Pick<Sensitivity, "path" | "level"> & Partial<Sensitivity>;

const rulesOf = (rules: Rule[]): Sensitivity[] => rules.map((rule) => ({ minimise: "Remove", ...rule }));

const fhir = (...rules: Rule[]): ContractVersionSpec => ({
  ...base,
  fhir: { release: "R4", resources: ["Patient", "Encounter"] },
  sensitivity: rulesOf(rules),
});

const json = (...rules: Rule[]): ContractVersionSpec => ({
  ...base,
  json: { schema: {} },
  sensitivity: rulesOf(rules),
});

const token = (value: string): string => `token:${value.length}`;

const bundle = (...resources: object[]) => ({
  resourceType: "Bundle",
  type: "message",
  entry: resources.map((resource, index) => ({ fullUrl: `urn:uuid:${index}`, resource })),
});

const resourcesOf = (result: { payload: unknown }): unknown[] =>
  ((result.payload as { entry?: { resource: unknown }[] }).entry ?? []).map((entry) => entry.resource);

/** The resources as a receiver of Internal clearance sees them. */
const seen = (contract: ContractVersionSpec, ...resources: object[]) =>
  resourcesOf(minimise(bundle(...resources), contract, "Internal", token));

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
      token,
    );
    expect(JSON.stringify(payload).includes("CANARY")).toBe(sees);
  });

  it("hands the very payload on where nothing applies", () => {
    const payload = bundle({ resourceType: "Encounter", status: "planned" });
    const rules = fhir({ path: "Patient.telecom", level: "Restricted" });
    expect(minimise(payload, rules, "Restricted", token)).toEqual({ payload, removed: [], tokenised: [] });
    expect(minimise(payload, rules, "Restricted", token).payload).toBe(payload);
    expect(minimise(payload, rules, "Internal", token).payload).toBe(payload);
  });

  it("says what it did by path, without positions or values", () => {
    const rules = fhir(
      { path: "Patient.telecom", level: "Restricted" },
      { path: "Patient.name.family", level: "Restricted", minimise: "Tokenise" },
    );
    const named = { ...patient, name: [{ family: "CANARY" }, { family: "CANARY" }] };
    const { removed, tokenised } = minimise(bundle(named, patient), rules, "Internal", token);
    expect({ removed, tokenised }).toEqual({ removed: ["Patient.telecom"], tokenised: ["Patient.name.family"] });
  });

  it("refuses a rule that could never apply rather than let values pass", () => {
    expect(() =>
      minimise(bundle(patient), fhir({ path: "patient.telecom", level: "Restricted" }), "Internal", token),
    ).toThrow(expect.objectContaining({ code: "SensitivityInvalid" }));
  });

  it.each([fhir({ path: "Patient.x", level: "Restricted" }), json({ path: "x", level: "Restricted" })])(
    "refuses a payload that nests too deep to be looked through",
    (contract) => {
      const deep = JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) as unknown;
      expect(() => minimise(deep, contract, "Internal", token)).toThrow(
        expect.objectContaining({ code: "PayloadTooDeep" }),
      );
    },
  );
});

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
      { method: "PUT", url: "Patient/1" },
    ];
    const payload = {
      resourceType: "Bundle",
      link: [{ relation: "self", url: "https://fhir.example/Patient?name=CANARY" }],
      entry: requests.map((request) => ({ resource: patient, request })),
    };
    expect(minimise(payload, rules, "Internal", token).payload).toEqual({
      resourceType: "Bundle",
      link: [{ relation: "self" }],
      entry: [{ resource: patient }, { resource: patient }, { resource: patient, request: requests[2] }],
    });
  });
});

describe("a resource type that is hidden whole", () => {
  const rules = fhir({ path: "AllergyIntolerance", level: "Restricted" });
  const allergy = { resourceType: "AllergyIntolerance", id: "a", code: { text: "CANARY" } };
  const patient = { resourceType: "Patient", id: "p" };

  it("goes with its entries, and says so", () => {
    const result = minimise(bundle(patient, allergy), rules, "Internal", token);
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
      token,
    );
    expect(resourcesOf(result)).toEqual([
      patient,
      provenance("urn:uuid:0"),
      { resourceType: "List", source: { reference: "#x" } },
    ]);
    expect(result.removed).toEqual(["AllergyIntolerance", "Provenance.target", "Provenance", "List.entry.item"]);
  });

  it("leaves a Bundle without entries where there was nothing else", () => {
    expect(minimise(bundle(allergy), rules, "Internal", token).payload).toEqual({
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

describe("tokens", () => {
  it("stand in place of every primitive below, the same for the same value", () => {
    const rules = json({ path: "member", level: "Restricted", minimise: "Tokenise" });
    const member = { ssn: "CANARY", ids: ["CANARY", 12, true, null], at: { ssn: "CANARY" } };
    expect(minimise({ member, plan: "A" }, rules, "Internal", token)).toEqual({
      payload: {
        member: { ssn: "token:6", ids: ["token:6", "token:2", "token:4", null], at: { ssn: "token:6" } },
        plan: "A",
      },
      removed: [],
      tokenised: ["member.ssn", "member.ids", "member.at.ssn"],
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
      minimise({ member: { ssn: "CANARY", name: "CANARY", born: "CANARY" } }, rules, "Internal", token).payload,
    ).toEqual({
      member: { born: "token:6" },
    });
  });
});

describe("in a JSON document", () => {
  it("an element goes by its path from the top, through lists, and empty objects stay", () => {
    const rules = json({ path: "members.ssn", level: "Restricted" });
    expect(
      minimise([{ members: [{ ssn: "CANARY" }, { ssn: "CANARY", a: 1 }], ssn: "kept" }], rules, "Internal", token)
        .payload,
    ).toEqual([{ members: [{}, { a: 1 }], ssn: "kept" }]);
  });

  it("keeps members called __proto__ members", () => {
    const payload = JSON.parse(`{ "a": 1, "ssn": "CANARY", "__proto__": { "polluted": true } }`) as unknown;
    const result = minimise(payload, json({ path: "ssn", level: "Restricted" }), "Internal", token);
    expect(JSON.stringify(result.payload)).toBe(`{"a":1,"__proto__":{"polluted":true}}`);
  });
});

/** Element names that make neither choices nor narratives nor references. */
const NAMES = ["telecom", "name", "family", "use", "note"];

const leafValue = fc.integer({ min: 0, max: 1e9 }).map((n) => `v${n}`);
const element = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leafValue, tie("object"), fc.array(tie("value"), { minLength: 1, maxLength: 3 })),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { minKeys: 1, maxKeys: 3 }),
})).object;
const resource = fc
  .tuple(fc.constantFrom("Patient", "Encounter"), element)
  .map(([resourceType, rest]) => Object.assign({ resourceType }, rest));
const rule = fc.record({
  path: fc
    .tuple(fc.constantFrom("Patient", "Encounter"), fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }))
    .map(([type, rest]) => [type, ...rest].join(".")),
  level: fc.constantFrom(...LEVELS),
  minimise: fc.constantFrom<"Remove" | "Tokenise">("Remove", "Tokenise"),
});

/** Every text in `value` with its path, found without any of the code under test. */
function leaves(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path));
  return Object.entries(value as object)
    .filter(([key]) => key !== "resourceType")
    .flatMap(([key, member]) => leaves(member, `${path}.${key}`));
}

const isWithin = (path: string, outer: string): boolean => path === outer || path.startsWith(`${outer}.`);

describe("whatever the payload, the rules and the clearance", () => {
  const cases = {
    resources: fc.array(resource, { maxLength: 4 }),
    rules: fc.array(rule, { maxLength: 5 }),
    clearance: fc.constantFrom(...LEVELS),
  };

  it("no text above the clearance is left, every other text is, and the payload is not changed", () => {
    fc.assert(
      fc.property(fc.record(cases), ({ resources, rules, clearance }) => {
        const payload = bundle(...resources);
        const before = JSON.stringify(payload);
        const above = rules.filter(({ level }) => LEVELS.indexOf(level) > LEVELS.indexOf(clearance));
        const all = resources.flatMap((one) => leaves(one, one.resourceType));
        const kept = all
          .filter(({ path }) => !above.some((hidden) => isWithin(path, hidden.path)))
          .map(({ text }) => text);
        const result = minimise(payload, fhir(...rules), clearance, () => "token");
        const left = resourcesOf(result)
          .flatMap((one) => leaves(one, ""))
          .map(({ text }) => text);
        expect(left.filter((text) => text !== "token")).toEqual(kept);
        expect(JSON.stringify(payload)).toBe(before);
      }),
      { numRuns: 500 },
    );
  });

  it("minimising again changes nothing more", () => {
    fc.assert(
      fc.property(fc.record(cases), ({ resources, rules, clearance }) => {
        const removals = fhir(...rules.map((one) => ({ ...one, minimise: "Remove" as const })));
        const once = minimise(bundle(...resources), removals, clearance, token).payload;
        expect(minimise(once, removals, clearance, token)).toEqual({ payload: once, removed: [], tokenised: [] });
      }),
      { numRuns: 200 },
    );
  });
});
