import fc from "fast-check";
import { expect, test } from "vitest";
import { compileSchema } from "../../mapping/schema.ts";
import { compareSchemas } from "./compare.ts";

type Schema = Record<string, unknown>;

const small = fc.integer({ min: -2, max: 4 });
const names = ["a", "b", "c"] as const;

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constant({ type: "string" }),
  fc.record({ minLength: fc.nat(3), maxLength: fc.nat(3) }, { requiredKeys: [] }),
  fc.record(
    { type: fc.constantFrom("integer", "number"), minimum: small, exclusiveMaximum: small },
    { requiredKeys: [] },
  ),
  fc.record(
    { type: fc.constantFrom("integer", "number"), exclusiveMinimum: small, multipleOf: fc.constantFrom(1, 2, 3) },
    { requiredKeys: [] },
  ),
  fc.record({ enum: fc.uniqueArray(fc.constantFrom("x", "yy", 1, 2.5, null, true), { minLength: 1 }) }),
  fc.record({ const: fc.constantFrom("x", 1, false, null) }),
  fc.record({ type: fc.uniqueArray(fc.constantFrom("null", "boolean", "string", "integer"), { minLength: 1 }) }),
  fc.record({ type: fc.constant("string"), pattern: fc.constantFrom("^x", "y$") }),
  fc.constant({}),
  fc.constant({ $ref: "#/$defs/d" }),
);

/** Closed objects only: what an open one leaves open is not promised. */
const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc
      .record({
        properties: fc.dictionary(fc.constantFrom(...names), tie("schema"), { maxKeys: 3 }),
        required: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 2 }),
        additionalProperties: fc.oneof(fc.constant(false), tie("schema")),
      })
      .map((object) => ({ type: "object", ...object })),
    fc
      .record(
        {
          prefixItems: fc.array(tie("schema"), { minLength: 1, maxLength: 2 }),
          items: fc.oneof(fc.constant(false), tie("schema")),
          minItems: fc.nat(2),
          maxItems: fc.nat(3),
          uniqueItems: fc.boolean(),
        },
        { requiredKeys: [] },
      )
      .map((array) => ({ type: "array", ...array })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 3 }).map((oneOf) => ({ oneOf })),
    fc.array(tie("schema"), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    tie("schema").map((not) => ({ not })),
  ),
}));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom<unknown>("x", "yy", "xy", "", "xxxx", 1, 2, 3, 2.5, 0, -1, null, true, false),
    fc.dictionary(fc.constantFrom(...names, "z"), tie("value"), { maxKeys: 3 }),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
}));

const document = fc.tuple(schema, leaf).map(([root, d]) => ({ allOf: [root], $defs: { d: "$ref" in d ? {} : d } }));

test("Where a schema is found to ask for nothing more, it takes whatever the other takes", () => {
  let seen = 0;
  fc.assert(
    fc.property(document, document, fc.array(value, { minLength: 20, maxLength: 40 }), (writer, reader, values) => {
      if (compareSchemas(writer, reader).length > 0) return;
      const [grants, takes] = [compileSchema(writer, "writer"), compileSchema(reader, "reader")];
      for (const one of values.filter((each) => grants(each) === undefined)) {
        seen++;
        expect(takes(one), JSON.stringify(one)).toBeUndefined();
      }
    }),
    { numRuns: 500 },
  );
  expect(seen).toBeGreaterThan(20);
});
