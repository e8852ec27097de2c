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
