import { describe, expect, it } from "vitest";
import { bundle, kept } from "./ownership/testkit.ts";

const MATRIX = {
  Patient: "ehr",
  "Patient.telecom": "portal",
  "Patient.contact.telecom": "portal",
  AllergyIntolerance: "ehr",
  Coverage: "billing",
  "Coverage.status": "ehr",
};
const IDENTIFIER = { system: "urn:mrn", value: "1" };
const PATIENT = {
  resourceType: "Patient",
  id: "p",
  meta: { versionId: "1" },
  identifier: [IDENTIFIER],
  name: [{ family: "Muster" }],
  telecom: [{ value: "+49" }],
};
const ALLERGY = { resourceType: "AllergyIntolerance", id: "a", code: { text: "nuts" } };
const ENCOUNTER = { resourceType: "Encounter", id: "e", status: "finished" };
const entry = (resource: object, more: object = {}) => ({ resource, ...more });
const resourcesOf = ({ left }: { left: unknown }) =>
  ((left as { entry?: { resource?: unknown }[] }).entry ?? []).map(({ resource }) => resource);
const only = (system: string, resource: object, matrix: Record<string, string> = MATRIX) => {
  const result = kept(system, matrix, bundle(entry(ENCOUNTER), entry(resource)));
  return { resource: resourcesOf(result)[1], paths: result.paths };
};

describe("field by field", () => {
  it("who owns a field may say it, and which resource it is of, and nothing else", () => {
    const { name: _, ...own } = PATIENT;
    expect(only("portal", PATIENT)).toEqual({ resource: own, paths: ["Patient"] });
  });

  it("who owns the entity may say everything but the fields of others", () => {
    const { telecom: _, ...own } = PATIENT;
    expect(only("ehr", PATIENT)).toEqual({ resource: own, paths: ["Patient.telecom"] });
  });

  it("within elements and lists of them, too", () => {
    const contact = [{ name: { family: "A" }, telecom: [{ value: "1" }] }, { name: { family: "B" } }];
    const { name: _, ...rest } = PATIENT;
    expect(only("portal", { ...rest, contact }).resource).toEqual({
      ...rest,
      contact: [{ telecom: [{ value: "1" }] }],
    });
    expect(only("ehr", { ...PATIENT, contact }).resource).toMatchObject({
      contact: [{ name: { family: "A" } }, { name: { family: "B" } }],
    });
  });

  it("a longer path within a field goes before it", () => {
    const matrix = { Patient: "ehr", "Patient.contact": "portal", "Patient.contact.name": "ehr" };
    const contact = [{ name: { family: "A" }, gender: "female" }];
    const patient = { resourceType: "Patient", contact };
    expect(only("portal", patient, matrix).resource).toEqual({ ...patient, contact: [{ gender: "female" }] });
    expect(only("ehr", patient, matrix).resource).toEqual({ ...patient, contact: [{ name: { family: "A" } }] });
  });

  it.each([
    ["extensions of a primitive", { _birthDate: { extension: [{ url: "u" }] } }, "Patient.birthDate"],
    ["an element of several types", { deceasedDateTime: "2026-01-01" }, "Patient.deceased"],
  ])("a path covers %s", (_, member, path) => {
    const patient = { resourceType: "Patient", active: true, ...member };
    const { resource, paths } = only("ehr", patient, { Patient: "ehr", [path]: "portal" });
    expect({ resource, paths }).toEqual({ resource: { resourceType: "Patient", active: true }, paths: [path] });
  });

  it("the narrative goes along, for it may tell what went", () => {
    const text = { status: "generated", div: "<div>+49</div>" };
    expect(only("ehr", { ...PATIENT, text }).resource).not.toHaveProperty("text");
    const { telecom: _, ...own } = { ...PATIENT, text };
    expect(only("ehr", own)).toEqual({ resource: own, paths: [] });
  });

  it("what no domain claims is anybody's, and a message of that alone is the very same one", () => {
    const payload = bundle(entry(ENCOUNTER));
    expect(kept("billing", MATRIX, payload).left).toBe(payload);
  });

  it("names that a payload chose are not told", () => {
    const { paths } = only("portal", { ...PATIENT, "Erika Muster": 1 });
    expect(paths).toEqual(["Patient"]);
  });
});

describe("whole resources", () => {
  it("go, where the system owns nothing of them", () => {
    const result = kept("billing", MATRIX, bundle(entry(ENCOUNTER), entry(ALLERGY)));
    expect(resourcesOf(result)).toEqual([ENCOUNTER]);
    expect(result).toMatchObject({ isNothing: false, paths: ["AllergyIntolerance"] });
  });

  it("go, where nothing but their identity would be left", () => {
    const { telecom: _, ...without } = PATIENT;
    expect(only("portal", without)).toEqual({ resource: undefined, paths: ["Patient"] });
  });

  it("stay, where they said nothing but their identity", () => {
    const identity = { resourceType: "Patient", id: "p", identifier: [IDENTIFIER] };
    expect(only("portal", identity)).toEqual({ resource: identity, paths: [] });
  });

  it.each([
    ["contained in others", { ...ENCOUNTER, contained: [ALLERGY] }, ENCOUNTER],
    [
      "in Parameters",
      { resourceType: "Parameters", parameter: [{ name: "a", resource: ALLERGY }] },
      {
        resourceType: "Parameters",
      },
    ],
    ["in a Bundle within", bundle(entry(ALLERGY)), { resourceType: "Bundle", type: "transaction" }],
    ["in the place of an element", { ...ENCOUNTER, type: [ALLERGY] }, ENCOUNTER],
    ["in an identifier", { ...ENCOUNTER, identifier: [ALLERGY] }, ENCOUNTER],
  ])("are found %s", (_, resource, expected) => {
    expect(only("billing", resource)).toEqual({ resource: expected, paths: ["AllergyIntolerance"] });
  });

  it("who poses as an element of another type is judged by the place, too", () => {
    const disguised = { ...PATIENT, contact: [{ resourceType: "Basic", telecom: [{ value: "1" }] }] };
    expect(only("ehr", disguised).resource).toMatchObject({ contact: [{ resourceType: "Basic" }] });
    expect(only("ehr", disguised).paths).toEqual(["Patient.telecom", "Patient.contact.telecom"].toSorted());
    expect(only("portal", { ...PATIENT, contact: [{ resourceType: "Basic", name: "n" }] }).resource).not.toHaveProperty(
      "contact",
    );
  });

  it("contained ones that only say who is meant stay", () => {
    const encounter = {
      ...ENCOUNTER,
      contained: [{ resourceType: "AllergyIntolerance", id: "a", identifier: [IDENTIFIER] }],
    };
    expect(only("billing", encounter)).toEqual({ resource: encounter, paths: [] });
  });

  it("nothing is left where only what tells of the message is", () => {
    const about = { resourceType: "MessageHeader", source: { endpoint: "urn:x" } };
    const provenance = { resourceType: "Provenance", target: [{ reference: "AllergyIntolerance/a" }] };
    expect(kept("billing", MATRIX, bundle(entry(about), entry(ALLERGY), entry(provenance))).isNothing).toBe(true);
    expect(kept("billing", MATRIX, bundle(entry(about))).isNothing).toBe(false);
    expect(kept("billing", MATRIX, ALLERGY)).toMatchObject({ isNothing: true, left: undefined });
  });
});

describe("references to what is gone", () => {
  it("name it by type and identifier where its address went with it", () => {
    const patient = { resourceType: "Patient", identifier: [IDENTIFIER], name: [{ family: "M" }] };
    const encounter = { ...ENCOUNTER, subject: { reference: "urn:uuid:1", display: "M" } };
    const payload = bundle(entry(encounter), entry(patient, { fullUrl: "urn:uuid:1" }));
    expect(resourcesOf(kept("billing", MATRIX, payload))).toEqual([
      { ...ENCOUNTER, subject: { type: "Patient", identifier: IDENTIFIER, display: "M" } },
    ]);
  });

  it("within the resource that contained it, too", () => {
    const encounter = {
      ...ENCOUNTER,
      contained: [
        { ...ALLERGY, identifier: [IDENTIFIER] },
        { resourceType: "Location", id: "l" },
      ],
      reasonReference: [{ reference: "#a" }, { reference: "#l" }],
    };
    expect(only("billing", encounter).resource).toEqual({
      ...ENCOUNTER,
      contained: [{ resourceType: "Location", id: "l" }],
      reasonReference: [{ type: "AllergyIntolerance", identifier: IDENTIFIER }, { reference: "#l" }],
    });
  });

  it("keep an address that is good without it", () => {
    const encounter = { ...ENCOUNTER, subject: { reference: "Patient/p" } };
    const result = kept(
      "billing",
      MATRIX,
      bundle(entry(encounter), entry(PATIENT, { fullUrl: "https://x/Patient/p" })),
    );
    expect(resourcesOf(result)).toEqual([encounter]);
  });

  it("a Provenance does not tell of it any more", () => {
    const of = (...names: string[]) => ({
      resourceType: "Provenance",
      target: names.map((reference) => ({ reference })),
    });
    const result = kept(
      "billing",
      MATRIX,
      bundle(
        entry(ENCOUNTER),
        entry(ALLERGY, { fullUrl: "urn:uuid:a" }),
        entry(of("Encounter/e", "AllergyIntolerance/a")),
        entry(of("urn:uuid:a")),
      ),
    );
    expect(resourcesOf(result)).toEqual([ENCOUNTER, of("Encounter/e")]);
  });
});

describe("requests of entries", () => {
  const asked = (system: string, method: string, url: string, resource?: object) =>
    kept(system, MATRIX, bundle(entry(ENCOUNTER), { request: { method, url }, ...(resource && { resource }) }));

  it.each([
    ["to delete another system's resource", "billing", "DELETE", "AllergyIntolerance/a", undefined],
    ["to delete by search", "billing", "DELETE", "AllergyIntolerance?patient=1", undefined],
    ["to delete for the sake of one field", "portal", "DELETE", "Patient/p", undefined],
    ["with the name written otherwise", "billing", "DELETE", "/%41llergyIntolerance/a", undefined],
    ["to patch where others own fields", "ehr", "PATCH", "Patient/p", { resourceType: "Parameters" }],
    ["to call an operation on it", "portal", "POST", "Patient/p/$merge", { resourceType: "Patient", telecom: [{}] }],
    ["to write it as another type", "billing", "PUT", "AllergyIntolerance/a", ENCOUNTER],
  ])("%s go against the matrix", (_, system, method, url, resource) => {
    const result = asked(system, method, url, resource);
    expect(result.paths).toHaveLength(1);
    expect((result.left as { entry: unknown[] }).entry).toHaveLength(1);
  });

  it.each([
    ["to delete what is the system's", "ehr", "DELETE", "Patient/p", undefined],
    ["to patch what is the system's alone", "ehr", "PATCH", "AllergyIntolerance/a", { resourceType: "Parameters" }],
    ["to read", "billing", "GET", "AllergyIntolerance/a", undefined],
    ["to write what it owns", "portal", "PUT", "Patient/p", { resourceType: "Patient", telecom: [{ value: "1" }] }],
    ["of what nobody claims", "billing", "DELETE", "Encounter/e", undefined],
  ])("%s are left", (_, system, method, url, resource) => {
    expect(asked(system, method, url, resource).paths).toEqual([]);
  });
});

it("what nests too deep is refused", () => {
  let deep: unknown = "x";
  for (let i = 0; i < 600; i++) deep = { extension: [deep] };
  const refused: unknown = expect.objectContaining({ code: "PayloadTooDeep" });
  for (const [system, member] of [
    ["ehr", "extension"],
    ["portal", "identifier"],
    ["portal", "telecom"],
  ] as const)
    expect(() => kept(system, MATRIX, bundle(entry({ resourceType: "Patient", [member]: deep })))).toThrow(
      refused as Error,
    );
});

it("however deep resources stand in others, each part of a message is walked a few times", () => {
  const fill = Array.from({ length: 200_000 }, () => ({ reference: "#b" }));
  const nested = (around: (inner: object) => object) => {
    let inner: object = { resourceType: "Basic", fill };
    for (let level = 0; level < 120; level++) inner = around(inner);
    return inner;
  };
  const begun = performance.now();
  kept(
    "billing",
    MATRIX,
    nested((inner) => ({ resourceType: "Basic", contained: [ALLERGY, inner] })),
  );
  kept(
    "billing",
    MATRIX,
    nested((inner) => bundle(entry(ALLERGY, { fullUrl: "urn:uuid:a" }), entry(inner))),
  );
  expect(performance.now() - begun).toBeLessThan(2_500);
});
