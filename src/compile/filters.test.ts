import fc from "fast-check";
import { expect, test } from "vitest";
import { nonOverlapping } from "./filters.ts";

const covers = (filter: string, subject: string): boolean => {
  const tokens = subject.split(".");
  return filter.split(".").every((token, i) => token === "*" || token === tokens[i]);
};

test("equal and covered filters become one", () => {
  expect(nonOverlapping(["a.*.c", "a.b.c", "a.*.c"])).toEqual(["a.*.c"]);
});
test("filters that overlap in part are generalised", () => {
  expect(nonOverlapping(["a.*.x", "a.b.*"])).toEqual(["a.*.*"]);
});
test("filters that have nothing in common stay as they are", () => {
  expect(nonOverlapping(["a.b.x", "a.c.x"])).toEqual(["a.b.x", "a.c.x"]);
});
test("the result never overlaps and covers all that was asked for", () => {
  const token = fc.constantFrom("a", "b", "c", "*");
  const filters = fc.array(
    fc.tuple(token, token, token).map((t) => t.join(".")),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(filters, fc.tuple(...[0, 1, 2].map(() => fc.constantFrom("a", "b", "c"))), (input, subject) => {
      const result = nonOverlapping(input);
      const matching = (list: string[]) => list.filter((f) => covers(f, subject.join("."))).length;
      expect(matching(result)).toBeLessThanOrEqual(1);
      if (matching(input) > 0) expect(matching(result)).toBe(1);
    }),
    { seed: 7, numRuns: 500 },
  );
});
