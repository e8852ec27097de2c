import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mergeOwned } from "./merge.ts";
import { ownershipPlan, type Territory } from "./plan.ts";

const FIELDS = [
  { path: "Patient.telecom", primary: "portal" },
  { path: "Patient.birthDate", primary: "registry" },
  { path: "Patient.deceased", primary: "registry" },
];
function as(system: string, fields = FIELDS): Territory {
  const claim = ownershipPlan([{ entity: "Patient", primary: "ehr", fields }], system).get("Patient");
  if (claim === undefined) throw new Error("no plan");
  return claim.root;
}
const patient = <T extends object>(members: T) => ({ resourceType: "Patient", id: "p", ...members });
const standing = patient({ name: [{ family: "Old" }], telecom: [{ value: "1" }], birthDate: "1970-01-01" });

describe("mergeOwned", () => {
  it("takes everything of the primary system's update but the fields of others", () => {
    const update = patient({ name: [{ family: "New" }], telecom: [{ value: "9" }], birthDate: "2000-01-01" });
    expect(mergeOwned(standing, update, as("ehr"))).toEqual({ ...standing, name: [{ family: "New" }] });
    expect(mergeOwned(standing, patient({ gender: "other" }), as("ehr"))).toEqual(
      patient({ gender: "other", telecom: [{ value: "1" }], birthDate: "1970-01-01" }),
    );
  });

  it("takes of an owner of fields those alone, and nothing of a system that owns none", () => {
    const update = patient({ name: [{ family: "Wrong" }], telecom: [{ value: "2" }], birthDate: "2000-01-01" });
    expect(mergeOwned(standing, update, as("portal"))).toEqual({ ...standing, telecom: [{ value: "2" }] });
    expect(mergeOwned(standing, update, as("billing"))).toEqual(standing);
  });

  it("removes what its owner no longer has", () => {
    const { telecom: _none, ...rest } = standing;
    expect(mergeOwned(standing, patient({}), as("portal"))).toEqual(rest);
  });

  it("makes of what is not there yet only what is owned", () => {
    const update = patient({ name: [{ family: "New" }], telecom: [{ value: "2" }] });
    expect(mergeOwned(undefined, update, as("portal"))).toEqual(patient({ telecom: [{ value: "2" }] }));
    expect(mergeOwned(undefined, update, as("ehr"))).toEqual(patient({ name: [{ family: "New" }] }));
  });

  it("makes it with its identifier, by which it is found, but never of that alone, and changes none that is there", () => {
    const identifier = [{ value: "MRN" }];
    const update = patient({ identifier, telecom: [{ value: "2" }] });
    expect(mergeOwned(undefined, update, as("portal"))).toEqual(update);
    expect(mergeOwned(undefined, patient({ identifier }), as("portal"))).toEqual(patient({}));
    expect(mergeOwned(patient({ gender: "other" }), update, as("portal"))).toEqual(
      patient({ gender: "other", telecom: [{ value: "2" }] }),
    );
  });

  it("a primitive goes with its extensions, a choice in whatever type it is", () => {
    const before = patient({ birthDate: "1970", _birthDate: { id: "b" }, deceasedBoolean: false, gender: "other" });
    const update = patient({ birthDate: "1971", deceasedDateTime: "2026", gender: "male" });
    expect(mergeOwned(before, update, as("registry"))).toEqual(
      patient({ birthDate: "1971", deceasedDateTime: "2026", gender: "other" }),
    );
    expect(mergeOwned(before, update, as("ehr"))).toEqual({ ...before, gender: "male" });
  });

  it("of two paths, one below the other, the longer one counts", () => {
    const fields = [
      { path: "Patient.maritalStatus", primary: "portal" },
      { path: "Patient.maritalStatus.coding", primary: "ehr" },
    ];
    const before = patient({ maritalStatus: { text: "old", coding: [{ code: "M" }] } });
    const update = patient({ maritalStatus: { text: "new", coding: [{ code: "S" }] } });
    const made = (system: string) => mergeOwned(before, update, as(system, fields));
    expect(made("portal")).toEqual(patient({ maritalStatus: { text: "new", coding: [{ code: "M" }] } }));
    expect(made("ehr")).toEqual(patient({ maritalStatus: { text: "old", coding: [{ code: "S" }] } }));
  });

  it("what stands between two paths goes with the shorter one", () => {
    const fields = [
      { path: "Patient.maritalStatus.coding.code", primary: "ehr" },
      { path: "Patient.maritalStatus", primary: "portal" },
    ];
    const before = patient({ maritalStatus: { coding: { code: "M", display: "old" } } });
    const update = patient({ maritalStatus: { coding: { code: "S", display: "new" } } });
    expect(mergeOwned(before, update, as("portal", fields))).toEqual(
      patient({ maritalStatus: { coding: { code: "M", display: "new" } } }),
    );
  });

  it("leaves to the server what it keeps in meta, but for what the primary system says of it", () => {
    const meta = { versionId: "3", lastUpdated: "2026-01-01", tag: [{ code: "t" }] };
    const update = patient({ meta: { versionId: "1", lastUpdated: "1990", profile: ["p"] } });
    expect(mergeOwned(patient({ meta }), patient({}), as("ehr"))).toEqual(patient({ meta }));
    expect(mergeOwned(patient({ meta }), update, as("ehr"))).toEqual(patient({ meta: { ...meta, profile: ["p"] } }));
    expect(mergeOwned(patient({ meta }), update, as("portal"))).toEqual(patient({ meta }));
  });

  it("a narrative that may tell what is not written is not written either", () => {
    const text = { status: "generated", div: "<div>9</div>" };
    const update = patient({ text, gender: "other", telecom: [{ value: "9" }] });
    expect(mergeOwned(patient({}), update, as("ehr"))).toEqual(patient({ gender: "other" }));
    expect(mergeOwned(standing, patient({ text }), as("ehr"))).toMatchObject({ text });
  });

  it("changes neither of both, and takes no member for something else", () => {
    const hostile = JSON.parse(
      '{"resourceType":"Patient","id":"p","__proto__":{"polluted":true},"telecom":[]}',
    ) as Record<string, unknown>;
    const before = structuredClone(standing);
    mergeOwned(standing, hostile, as("portal"));
    expect(standing).toEqual(before);
    expect(Object.getPrototypeOf(mergeOwned(undefined, hostile, as("ehr")))).toBe(Object.prototype);
  });
});

describe("mergeOwned of fields within the entries of a list", () => {
  const fields = [{ path: "Patient.contact.telecom", primary: "portal" }];
  const contacts = (...contact: object[]) => patient({ contact });
  const ann = { gender: "female", telecom: [{ value: "1" }] };
  const bob = { gender: "male", telecom: [{ value: "2" }] };
  const made = (system: string, before: object, update: object) =>
    mergeOwned(before as Record<string, unknown>, update as Record<string, unknown>, as(system, fields));

  it("knows an entry again by what the owner of the list says of it, wherever it stands", () => {
    const update = contacts({ gender: "male" }, { gender: "female" });
    expect(made("ehr", contacts(ann, bob), update)).toEqual(contacts(bob, ann));
    const portal = contacts({ gender: "male", telecom: [{ value: "9" }] });
    expect(made("portal", contacts(ann, bob), portal)).toEqual(
      contacts(ann, { gender: "male", telecom: [{ value: "9" }] }),
    );
  });

  it("knows an entry again by its id", () => {
    const update = contacts({ id: "a", gender: "other", telecom: [{ value: "9" }] });
    expect(made("ehr", contacts({ id: "a", ...ann }), update)).toEqual(
      contacts({ id: "a", gender: "other", telecom: ann.telecom }),
    );
  });

  it("removes what its owner no longer has of an entry that is still there, and what others own of an entry never", () => {
    expect(made("portal", contacts(ann, bob), contacts({ gender: "male" }))).toEqual(contacts(ann, { gender: "male" }));
    expect(made("ehr", contacts(ann, { gender: "other" }), contacts())).toEqual(contacts({ telecom: ann.telecom }));
    const left = contacts({ id: "a", telecom: ann.telecom });
    expect(made("ehr", contacts({ id: "a", ...ann }, bob), contacts({ gender: "male" }))).toEqual(
      contacts(bob, { id: "a", telecom: ann.telecom }),
    );
    expect(made("ehr", left, contacts({ id: "a", gender: "female" }))).toEqual(contacts({ id: "a", ...ann }));
    expect(made("ehr", left, contacts({ id: "b" }))).toEqual(contacts({ id: "b" }, ...left.contact));
  });

  it("entries that are alike in all are no matter", () => {
    const twice = contacts({ gender: "male" }, { gender: "male" });
    expect(made("ehr", twice, twice)).toEqual(twice);
    expect(made("portal", twice, twice)).toEqual(twice);
  });

  it.each([
    ["an entry that may be a changed one", "ehr", contacts(ann), contacts({ gender: "other" })],
    [
      "entries that are alike",
      "ehr",
      contacts(ann, { ...ann, telecom: [{ value: "3" }] }),
      contacts({ gender: "female" }),
    ],
    [
      "a second entry like one that is there",
      "ehr",
      contacts(ann),
      contacts({ gender: "female" }, { gender: "female" }),
    ],
    ["what belongs to no entry that is there", "portal", contacts(ann), contacts({ telecom: [{ value: "9" }] })],
  ])("rather than give a value to the wrong entry refuses %s", (_what, system, before, update) => {
    expect(made(system, before, update)).toMatch(/^nothing tells which entries of Patient\.contact are which/);
  });
});

const SYSTEMS = ["ehr", "portal", "registry", "nobody"];
const PATHS = ["telecom", "name", "deceased", "birthDate", "maritalStatus", "maritalStatus.coding", "contact.telecom"];

const value = fc.constantFrom("1", "2", "3");
const coding = fc.array(fc.record({ code: value }), { minLength: 1, maxLength: 2 });
const points = fc.array(fc.record({ value }), { minLength: 1, maxLength: 2 });
const someOf = { requiredKeys: [] };
const anyPatient = fc
  .record(
    {
      name: fc.array(fc.record({ family: value }), { minLength: 1, maxLength: 2 }),
      telecom: points,
      gender: value,
      birthDate: value,
      _birthDate: fc.record({ id: value }),
      deceasedBoolean: fc.boolean(),
      deceasedDateTime: value,
      maritalStatus: fc.oneof(fc.record({ text: value }), fc.record({ coding }), fc.record({ text: value, coding })),
      contact: fc.array(fc.record({ gender: value, id: value, telecom: points }, { requiredKeys: ["gender"] }), {
        minLength: 1,
        maxLength: 3,
      }),
    },
    someOf,
  )
  .map(patient);
const anyFields = fc.uniqueArray(fc.record({ path: fc.constantFrom(...PATHS), primary: fc.constantFrom(...SYSTEMS) }), {
  selector: ({ path }) => path,
});

/** Every value by the path of its element, without places in lists; sorted. */
function leavesOf(node: unknown, path: string): { path: string; text: string }[] {
  if (Array.isArray(node)) return node.flatMap((item) => leavesOf(item, path));
  if (typeof node !== "object" || node === null) return [{ path, text: `${path}=${String(node)}` }];
  return Object.entries(node)
    .flatMap(([key, each]) => leavesOf(each, `${path}.${key.replace(/^_/, "").replace(/(?<=deceased).*/, "")}`))
    .sort((a, b) => (a.text < b.text ? -1 : 1));
}

const ownerOf = (path: string, fields: { path: string; primary: string }[]): string =>
  fields
    .filter((field) => `${path}.`.startsWith(`Patient.${field.path}.`))
    .reduce((best, field) => (field.path.length > best.path.length ? field : best), { path: "", primary: "ehr" })
    .primary;

describe("mergeOwned, whatever is there, is said and belongs to whom", () => {
  const worlds = fc.record({
    before: anyPatient,
    update: anyPatient,
    fields: anyFields,
    system: fc.constantFrom(...SYSTEMS),
  });
  type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;
  const under = (fields: { path: string; primary: string }[]) =>
    fields.map(({ path, primary }) => ({ path: `Patient.${path}`, primary }));
  const mergedIn = ({ before, update, fields, system }: World) => mergeOwned(before, update, as(system, under(fields)));

  it("never changes a value that the system does not own", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const made = mergedIn(world);
        if (typeof made === "string") return;
        const ofOthers = (resource: object) =>
          leavesOf(resource, "Patient")
            .filter(({ path }) => ownerOf(path, world.fields) !== world.system)
            .map(({ text }) => text);
        const identity = (text: string) => !/^Patient\.(id|resourceType)=/.test(text);
        expect(ofOthers(made).filter(identity)).toEqual(ofOthers(world.before).filter(identity));
      }),
      { numRuns: 2000 },
    );
  });

  it("has of what the system owns just what it says, but for entries of lists that others own", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const made = mergedIn(world);
        if (typeof made === "string") return;
        const own = (resource: object) =>
          leavesOf(resource, "Patient")
            .filter(({ path }) => !path.startsWith("Patient.contact") && ownerOf(path, world.fields) === world.system)
            .map(({ text }) => text);
        expect(own(made)).toEqual(own(world.update));
      }),
      { numRuns: 2000 },
    );
  });

  it("changes nothing when it is done again", () => {
    fc.assert(
      fc.property(worlds, (world) => {
        const made = mergedIn(world);
        if (typeof made === "string") return;
        expect(mergedIn({ ...world, before: made as typeof world.before })).toEqual(made);
      }),
      { numRuns: 2000 },
    );
  });
});
