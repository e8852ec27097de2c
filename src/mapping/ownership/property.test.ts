import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bundle, kept } from "./testkit.ts";

/** Element names that make neither choices nor narratives nor references nor identities. */
const NAMES = ["telecom", "name", "family", "use", "note"];
const TYPES = ["Patient", "Encounter", "Coverage"];
const SYSTEMS = ["ehr", "portal", "billing"];

const leafValue = fc.integer({ min: 0, max: 1e9 }).map((n) => `v${n}`);
const element = fc.letrec<{ value: unknown; object: object }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, leafValue, tie("object"), fc.array(tie("value"), { minLength: 1, maxLength: 3 })),
  object: fc.dictionary(fc.constantFrom(...NAMES), tie("value"), { minKeys: 1, maxKeys: 3 }),
})).object;
const resource = fc
  .tuple(fc.constantFrom(...TYPES), fc.nat(), element)
  .map(([resourceType, id, rest]) => Object.assign({ resourceType, id: `i${id}` }, rest));
const field = fc
  .tuple(fc.constantFrom(...TYPES), fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }))
  .map(([type, names]) => [type, ...names].join("."));
const matrix = fc
  .tuple(
    fc.dictionary(fc.constantFrom("Patient", "Coverage"), fc.constantFrom(...SYSTEMS)),
    fc.dictionary(field, fc.constantFrom(...SYSTEMS), { maxKeys: 6 }),
  )
  .map(([entities, fields]) => ({ ...entities, ...fields }));

/** Every text in `value` with its path, found without any of the code under test. */
function leaves(value: unknown, path: string): { path: string; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item) => leaves(item, path));
  return Object.entries(value as object)
    .filter(([key]) => key !== "resourceType" && key !== "id")
    .flatMap(([key, member]) => leaves(member, `${path}.${key}`));
}

/** The longest path of the matrix that is above `path`, of an entity that is claimed at all. */
function isOwn(path: string, matrix: Record<string, string>, system: string): boolean {
  const [type = ""] = path.split(".");
  if (matrix[type] === undefined) return true;
  const above = Object.keys(matrix).filter((each) => path === each || path.startsWith(`${each}.`));
  const longest = above.reduce((a, b) => (a.length > b.length ? a : b));
  return matrix[longest] === system;
}

const textsOf = (left: unknown) =>
  ((left as { entry?: { resource: { resourceType: string } }[] }).entry ?? []).flatMap(({ resource }) =>
    leaves(resource, resource.resourceType),
  );

/** Resources of other systems in whatever place, each with what nobody else may say. */
const hidden = fc.letrec<{ any: unknown; resource: object; bundle: object; foreign: object; shared: object }>((tie) => {
  const places = fc.constantFrom(
    "contained",
    "extension",
    "identifier",
    "parameter",
    "resource",
    "entry",
    "text",
    "meta",
  );
  const within = fc.dictionary(
    places,
    fc.oneof({ maxDepth: 4 }, fc.constant("x"), tie("any"), fc.array(tie("any"), { maxLength: 3 })),
    { maxKeys: 3 },
  );
  return {
    any: fc.oneof({ maxDepth: 4 }, tie("foreign"), tie("shared"), tie("resource"), tie("bundle"), within),
    resource: within.map((members) => ({ ...members, resourceType: "Basic" })),
    bundle: fc
      .array(fc.record({ resource: tie("any") }, { requiredKeys: [] }), { maxLength: 3 })
      .map((entry) => ({ resourceType: "Bundle", entry })),
    foreign: within.map((members) => ({ ...members, resourceType: "AllergyIntolerance", code: "SECRET" })),
    shared: within.map((members) => ({
      ...members,
      resourceType: "Patient",
      telecom: ["own"],
      contact: [{ name: "SECRET", telecom: "own" }, "SECRET"],
      birthDate: "SECRET",
      _birthDate: { id: "SECRET" },
    })),
  };
}).bundle;

describe("wherever a resource hides", () => {
  const matrix = {
    AllergyIntolerance: "ehr",
    Patient: "ehr",
    "Patient.telecom": "portal",
    "Patient.contact.telecom": "portal",
  };

  it("what is not its sender's to say is found, told and taken away", () => {
    fc.assert(
      fc.property(hidden, (payload) => {
        const said = JSON.stringify(payload);
        const { left, paths, isNothing } = kept("portal", matrix, payload);
        expect(JSON.stringify(left) ?? "").not.toContain("SECRET");
        expect(paths.length > 0).toBe(said.includes("SECRET"));
        if (paths.length === 0) expect(left).toBe(payload);
        if (isNothing) expect(paths).not.toEqual([]);
        expect(JSON.stringify(payload)).toBe(said);
        expect(kept("portal", matrix, left).paths).toEqual([]);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("whatever the payload, the matrix and the system", () => {
  const cases = fc.record({
    resources: fc.array(resource, { maxLength: 4 }),
    matrix,
    system: fc.constantFrom(...SYSTEMS),
  });

  it("what is left holds nothing of others and all that is the system's, and the payload is not changed", () => {
    fc.assert(
      fc.property(cases, ({ resources, matrix, system }) => {
        const payload = bundle(...resources.map((resource) => ({ resource })));
        const before = JSON.stringify(payload);
        const all = resources.flatMap((one) => leaves(one, one.resourceType));
        const own = all.filter(({ path }) => isOwn(path, matrix, system));
        const { left, paths } = kept(system, matrix, payload);
        expect(textsOf(left)).toEqual(own);
        expect(paths.length > 0).toBe(own.length < all.length);
        expect(paths.filter((path) => matrix[path] === undefined || matrix[path] === system)).toEqual([]);
        expect(JSON.stringify(payload)).toBe(before);
      }),
      { numRuns: 1000 },
    );
  });

  it("judged again, nothing more is taken away", () => {
    fc.assert(
      fc.property(cases, ({ resources, matrix, system }) => {
        const { left } = kept(system, matrix, bundle(...resources.map((resource) => ({ resource }))));
        const again = kept(system, matrix, left);
        expect(again.paths).toEqual([]);
        expect(again.left).toBe(left);
      }),
      { numRuns: 500 },
    );
  });
});
