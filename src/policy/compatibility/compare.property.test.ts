import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSchema } from "../../mapping/schema.ts";
import { compareSchemas } from "./compare.ts";

type Schema = Record<string, unknown>;
/** The writer's and the reader's: alike, so that the one often takes what the other does. */
type Pair = readonly [writer: unknown, reader: unknown];

const pairOf = (make: (side: 0 | 1) => Schema): Pair => [make(0), make(1)];
const bound = fc.integer({ min: -2, max: 4 });
const length = fc.nat(3);
const optional: { requiredKeys: [] } = { requiredKeys: [] };
const name = fc.constantFrom("a", "b", "c");
const number = fc.constantFrom("integer", "number");

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constant({ type: "string" }),
  fc.record({ minLength: length, maxLength: length }, optional),
  fc.record({ type: number, minimum: bound, exclusiveMaximum: bound }, optional),
  fc.record({ type: number, exclusiveMinimum: bound, maximum: bound, multipleOf: fc.constantFrom(1, 2, 3) }, optional),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom("x", "yy", 1, 2.5, null, true), { minLength: 1 }) }),
  fc.record({ const: fc.constantFrom("x", 1, false, null) }),
  fc.record({ type: fc.uniqueArray(fc.constantFrom("null", "boolean", "string", "integer"), { minLength: 1 }) }),
  fc.record({ type: fc.constant("string"), pattern: fc.constantFrom("^x", "y$") }),
  fc.constant({}),
  fc.constant({ $ref: "#/$defs/d" }),
);
const leaves: fc.Arbitrary<Pair> = fc.oneof(
  leaf.map((one): Pair => [one, one]),
  fc.tuple(leaf, leaf),
  fc.tuple(leaf, leaf).map(([one, more]): Pair => [one, { ...one, ...more }]),
  fc.tuple(leaf, leaf).map(([one, more]): Pair => [{ ...one, ...more }, one]),
);

const bounds = fc.record({ minItems: length, maxItems: length, uniqueItems: fc.boolean() }, optional);
const required = fc.uniqueArray(name, { maxLength: 2 });
const sizes = fc.record({ minProperties: length, maxProperties: length }, optional);

/** Closed objects only: what an open one leaves open is not promised. */
const { pair } = fc.letrec<{ pair: Pair; objects: Pair; arrays: Pair; unions: Pair }>((tie) => ({
  objects: fc
    .record({
      properties: fc.dictionary(name, tie("pair"), { maxKeys: 3, noNullPrototype: true }),
      additional: fc.oneof(fc.constant<Pair>([false, false]), tie("pair")),
      rest: fc.tuple(fc.tuple(required, sizes), fc.tuple(required, sizes)),
    })
    .map(({ properties, additional, rest }) =>
      pairOf((side) => ({
        type: "object",
        properties: Object.fromEntries(Object.entries(properties).map(([key, both]) => [key, both[side]])),
        additionalProperties: additional[side],
        required: rest[side][0],
        ...rest[side][1],
      })),
    ),
  arrays: fc
    .record({
      prefix: fc.array(tie("pair"), { minLength: 1, maxLength: 2 }),
      items: fc.oneof(fc.constant<Pair>([false, false]), fc.constant<Pair>([false, true]), tie("pair")),
      rest: fc.tuple(bounds, bounds),
    })
    .map(({ prefix, items, rest }) =>
      pairOf((side) => ({
        type: "array",
        prefixItems: prefix.map((both) => both[side]),
        items: items[side],
        ...rest[side],
      })),
    ),
  unions: fc
    .tuple(
      fc.constantFrom("anyOf", "oneOf", "allOf"),
      fc.array(tie("pair"), { minLength: 1, maxLength: 3 }),
      fc.tuple(fc.boolean(), fc.boolean()),
    )
    .map(([union, branches, shorter]) =>
      pairOf((side) => {
        const own = branches.map((both) => both[side]);
        return { [union]: shorter[side] && own.length > 1 ? own.slice(1) : own };
      }),
    ),
  pair: fc.oneof(
    { depthSize: "small" },
    leaves,
    tie("objects"),
    tie("arrays"),
    tie("unions"),
    tie("pair").map(([writer, reader]): Pair => [{ not: writer }, { not: reader }]),
  ),
}));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>("x", "yy", "xy", "", "xxxx", 1, 2, 3, 4, 2.5, 0, -1, null, true, false),
    fc.dictionary(fc.constantFrom("a", "b", "c", "z"), tie("value"), { maxKeys: 3, noNullPrototype: true }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));

const documents = fc
  .tuple(pair, leaves)
  .map(([root, d]) =>
    pairOf((side) => ({ allOf: [root[side]], $defs: { d: "$ref" in (d[side] as Schema) ? {} : d[side] } })),
  );

test("Where a schema is found to ask for nothing more, it takes whatever the other takes", () => {
  let seen = 0;
  fc.assert(
    fc.property(documents, fc.array(value, { minLength: 40, maxLength: 60 }), ([writer, reader], values) => {
      if (compareSchemas(writer, reader).length > 0) return;
      const grants = compileSchema(writer as Schema, "writer");
      const takes = compileSchema(reader as Schema, "reader");
      for (const one of values.filter((each) => grants(each) === undefined)) {
        seen++;
        expect(takes(one), JSON.stringify(one)).toBeUndefined();
      }
    }),
    { numRuns: 1000, seed: 1 },
  );
  expect(seen).toBeGreaterThan(300);
});

/** All values that the writers of the next property may grant, and more. */
const POOL: readonly unknown[] = [
  -3,
  -2,
  -1,
  0,
  1,
  2,
  2.5,
  3,
  4,
  5,
  6,
  "",
  "x",
  "y",
  "xx",
  "yy",
  "xy\n",
  "xxxx",
  null,
  true,
  false,
];
const bounded: fc.Arbitrary<Schema> = fc.oneof(
  fc.record({ enum: fc.uniqueArray(fc.constantFrom(...POOL), { minLength: 1 }) }),
  fc
    .record({ minimum: bound, size: length, multipleOf: fc.option(fc.constantFrom(1, 2, 3), { nil: undefined }) })
    .map(({ minimum, size, multipleOf }) => ({
      type: "integer",
      minimum,
      maximum: Math.min(minimum + size, 6),
      ...(multipleOf !== undefined && { multipleOf }),
    })),
);
const any = fc.record({ type: fc.constant("string"), pattern: fc.constantFrom("", ".*", "^.*$", ".+") });

test("What is found to be asked for with certainty is refused of some value that the other grants", () => {
  let seen = 0;
  const more = fc.option(leaf, { nil: {} });
  const pairs = fc
    .record({ values: bounded, beside: more, reader: fc.oneof(bounded, leaf, any), other: more, d: leaf })
    .map(({ values, beside, reader, other, d }) => {
      const $defs = { d: "$ref" in d ? {} : d };
      return [
        { allOf: [values, beside], $defs },
        { allOf: [reader, other], $defs },
      ] as const;
    });
  fc.assert(
    fc.property(pairs, ([writer, reader]) => {
      if (!compareSchemas(writer, reader).some(({ certain }) => certain)) return;
      const [grants, takes] = [compileSchema(writer, "writer"), compileSchema(reader, "reader")];
      const granted = POOL.filter((value) => grants(value) === undefined);
      // Nothing can be said, nor will be received, of what no value is.
      if (granted.length === 0) return;
      seen++;
      expect(
        granted.some((value) => takes(value) !== undefined),
        JSON.stringify([writer, reader]),
      ).toBe(true);
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect(seen).toBeGreaterThan(300);
});
