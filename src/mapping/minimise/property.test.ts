import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LEVELS } from "../../api/meta.ts";
import { minimise } from "../minimise.ts";
import { bundle, fhir, resourcesOf, substitutes } from "./testkit.ts";

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
const rule = fc
  .record({
    path: fc
      .tuple(
        fc.constantFrom("Patient", "Encounter"),
        fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }),
      )
      .map(([type, rest]) => [type, ...rest].join(".")),
    level: fc.constantFrom(...LEVELS),
    how: fc.constantFrom(
      {},
      { minimise: "Remove" as const },
      { minimise: "Tokenise" as const },
      { minimise: "Generalise" as const, generaliseTo: "Year" as const },
    ),
  })
  .map(({ how, ...rest }) => ({ ...rest, ...how }));

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
        const result = minimise(payload, fhir(...rules), clearance, { ...substitutes, token: () => "token" });
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
        const removals = fhir(
          ...rules.map((one) => ({ path: one.path, level: one.level, minimise: "Remove" as const })),
        );
        const once = minimise(bundle(...resources), removals, clearance, substitutes).payload;
        expect(minimise(once, removals, clearance, substitutes)).toEqual({
          payload: once,
          removed: [],
          tokenised: [],
          generalised: [],
        });
      }),
      { numRuns: 200 },
    );
  });
});
