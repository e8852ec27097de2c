import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Sensitivity, Translation } from "../api/contractversion.ts";
import { LEVELS } from "../api/meta.ts";
import { FasciaError } from "../base/errors.ts";
import { json, substitutes } from "./minimise/testkit.ts";
import { visibleAfter } from "./visible.ts";

const name = fc.constantFrom("a", "b", "c");
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const pointer = path.map((names) => `/${names.join("/")}`);
type Operation = NonNullable<Translation["patch"]>[number];
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ op: fc.constantFrom("move" as const, "copy" as const), from: pointer, path: pointer }),
  fc.record({ op: fc.constant("remove" as const), path: pointer }),
  fc.record({ op: fc.constantFrom("add" as const, "replace" as const), path: pointer, value: fc.constant("new") }),
);
const expression = fc.constantFrom(
  "$",
  '{ "c": a, "b": { "a": b.a, "text": a.b & c } }',
  "$merge([$, a])",
  '{ "all": **.a, "list": [a, b, c] }',
  "$sift($, function($v, $k) { $k != 'a' })",
);
const translation: fc.Arbitrary<Translation> = fc.oneof(
  fc.array(operation, { maxLength: 4 }).map((patch) => ({ from: "x", patch })),
  expression.map((jsonata) => ({ from: "x", jsonata })),
);
const hidden: fc.Arbitrary<Sensitivity[]> = fc.array(
  fc.record({
    path: path.map((names) => names.join(".")),
    level: fc.constantFrom(...LEVELS),
    minimise: fc.constantFrom("Remove" as const, "Tokenise" as const),
  }),
  { maxLength: 3 },
);

/** Every value tells where it stood: `a.b` is at `/a/b`. */
const leaf = (place: string[]): string => `CANARY ${place.join(".")}.`;
const documentAt = (place: string[], depth: number): fc.Arbitrary<unknown> =>
  depth === 0
    ? fc.constant(leaf(place))
    : fc.oneof(
        fc.constant(leaf(place)),
        fc.record(Object.fromEntries(["a", "b", "c"].map((key) => [key, documentAt([...place, key], depth - 1)])), {
          requiredKeys: [],
        }),
      );
const payload = fc.record(Object.fromEntries(["a", "b", "c"].map((key) => [key, documentAt([key], 2)])), {
  requiredKeys: [],
});

/** What `rules` hide from who is cleared for Internal. */
const hides = (rules: Sensitivity[], place: string): boolean =>
  rules.some(({ path: at, level }) => LEVELS.indexOf(level) > 1 && `${place}.`.startsWith(`${at}.`));

test(
  "Whatever translations make of a message, nothing is seen that its own version hides",
  { timeout: 60_000 },
  async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(
        payload,
        hidden,
        fc.array(fc.tuple(translation, hidden), { maxLength: 3 }),
        async (document, own, ways) => {
          const steps = ways.map(([by, rules]) => ({ by, version: "x", contract: json(...rules) }));
          const visible = await visibleAfter(document, json(...own), steps, "Internal", substitutes).catch(
            (error: unknown) => {
              // Quarantine: nothing is seen at all.
              if (error instanceof FasciaError) return undefined;
              throw error;
            },
          );
          const told = [...JSON.stringify(visible ?? null).matchAll(/CANARY ([a-c.]+)\./g)].map(
            ([, place = ""]) => place,
          );
          expect(told.filter((place) => hides(own, place))).toEqual([]);
          seen += told.length;
        },
      ),
      { numRuns: 600 },
    );
    expect(seen).toBeGreaterThan(100);
  },
);
