import { describe, expect, test } from "vitest";
import { compareSchemas } from "./compare.ts";
import { placeOf } from "./difference.ts";

/** `<place> <what is asked>`, with `?` behind what is not certain. */
const asked = (writer: unknown, reader: unknown): string[] =>
  compareSchemas(writer, reader).map((found) => `${placeOf(found)} ${found.asks}${found.certain ? "" : "?"}`);

const of = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const text = { type: "string" };

interface Case {
  title: string;
  from: unknown;
  to: unknown;
  asks: string[];
}

const NOTHING: Omit<Case, "asks">[] = [
  { title: "the same", from: of({ a: text }), to: of({ a: text }) },
  {
    title: "another description",
    from: { type: "string", description: "a" },
    to: { type: "string", description: "b" },
  },
  { title: "a property that was not declared", from: of({}), to: of({ a: text }) },
  { title: "no word of a declared property", from: of({ a: text }), to: of({}) },
  { title: "a property less to be there", from: of({}, { required: ["a"] }), to: of({}) },
  { title: "another type, too", from: text, to: { type: ["string", "null"] } },
  { title: "any number for an integer", from: { type: "integer" }, to: { type: "number" } },
  { title: "an integer for whole numbers", from: { type: "number", multipleOf: 1 }, to: { type: "integer" } },
  { title: "one more value", from: { enum: ["a"] }, to: { enum: ["b", "a"] } },
  { title: "a text for some texts", from: { enum: ["a", "b"] }, to: { type: "string", minLength: 1 } },
  { title: "one of the values that must be there", from: { const: "a" }, to: { enum: ["a", "b"] } },
  { title: "wider bounds", from: { minimum: 1, maximum: 5, type: "number" }, to: { minimum: 0, maximum: 9 } },
  {
    title: "the same bound of integers, written otherwise",
    from: { type: "integer", exclusiveMinimum: 0 },
    to: { type: "integer", minimum: 1 },
  },
  {
    title: "every integer between two bounds by name",
    from: { type: ["integer", "null"], minimum: 0, exclusiveMaximum: 3 },
    to: { enum: [2, 1, 0, null] },
  },
  {
    title: "every multiple between two bounds by name",
    from: { type: "integer", minimum: 1, maximum: 5, multipleOf: 2 },
    to: { enum: [2, 4] },
  },
  ...["", "^", "$", ".*", "^.*", ".*$"].map((pattern) => ({
    title: `the pattern ${pattern}, which every text matches`,
    from: text,
    to: { ...text, pattern },
  })),
  { title: "longer texts", from: { ...text, maxLength: 5 }, to: { ...text, maxLength: 6 } },
  { title: "the same pattern", from: { ...text, pattern: "^a" }, to: { pattern: "^a" } },
  { title: "a wider format", from: { ...text, format: "uri" }, to: { ...text, format: "uri-reference" } },
  { title: "a coarser multiple's part", from: { type: "integer", multipleOf: 10 }, to: { multipleOf: 5 } },
  { title: "an open object for a closed one", from: of({ a: text }, { additionalProperties: false }), to: of({}) },
  {
    title: "what a closed object never has",
    from: of({}, { additionalProperties: false }),
    to: of({ a: text }, { additionalProperties: false }),
  },
  { title: "any item", from: { type: "array", items: text }, to: { type: "array" } },
  {
    title: "one more place of a tuple that ended before",
    from: { type: "array", prefixItems: [text], items: false },
    to: { type: "array", prefixItems: [text, text] },
  },
  { title: "one more branch", from: { anyOf: [text] }, to: { anyOf: [text, { type: "null" }] } },
  {
    title: "branches for types",
    from: { type: ["string", "null"] },
    to: { oneOf: [{ type: "null" }, { type: "string" }] },
  },
  {
    title: "one more kind among those told apart by a value",
    from: { oneOf: [of({ kind: { const: "a" }, x: text }, { required: ["kind"] })] },
    to: {
      oneOf: [
        of({ kind: { const: "b" } }, { required: ["kind"] }),
        of({ kind: { const: "a" }, x: text }, { required: ["kind"] }),
      ],
    },
  },
  {
    title: "what a reference leads to",
    from: { $ref: "#/$defs/a", $defs: { a: { ...text, maxLength: 3 } } },
    to: { $ref: "#/$defs/b", $defs: { b: { ...text, maxLength: 4 } } },
  },
  { title: "all of what stands in parts", from: { allOf: [text, { maxLength: 3 }] }, to: { ...text, maxLength: 3 } },
  { title: "what is not looked into, as it was", from: { not: { const: 1 } }, to: { not: { const: 1 } } },
  { title: "anything", from: false, to: text },
];

const DIFFERENCES: Case[] = [
  { title: "another type", from: text, to: { type: "number" }, asks: ["/ not of type string"] },
  {
    title: "an integer for a number",
    from: { type: "number" },
    to: { type: "integer" },
    asks: ["/ not of type number"],
  },
  {
    title: "an object for anything",
    from: {},
    to: of({}),
    asks: ["/ not of type null, boolean, number, string, array"],
  },
  { title: "a property more", from: of({}), to: of({}, { required: ["a"] }), asks: ["/a required"] },
  { title: "no such value", from: { enum: ["a", "b"] }, to: { enum: ["b"] }, asks: ['/ not "a"'] },
  {
    title: "a value that is not among those of `enum` beside it",
    from: { const: null },
    to: { const: null, enum: ["a"] },
    asks: ["/ not null"],
  },
  { title: "nothing that can be", from: text, to: { const: "a", enum: ["b"] }, asks: ["/ only what no value is"] },
  { title: "certain values", from: text, to: { enum: ["a"] }, asks: ['/ only "a"'] },
  { title: "another boolean", from: { type: "boolean" }, to: { const: true }, asks: ["/ not false"] },
  { title: "a longer text", from: text, to: { ...text, minLength: 1 }, asks: ["/ minLength 1"] },
  { title: "a pattern", from: text, to: { ...text, pattern: "^a" }, asks: ["/ pattern"] },
  { title: "a text, one of one line", from: text, to: { ...text, pattern: "^.*$" }, asks: ["/ pattern?"] },
  {
    title: "not all integers between two bounds",
    from: { type: "integer", minimum: 1, maximum: 3 },
    to: { enum: [1, 2] },
    asks: ["/ only 1, 2"],
  },
  {
    title: "not all of what lists more than it grants",
    from: { enum: [1, 2], not: { const: 2 } },
    to: { const: 1 },
    asks: ["/ not 2?"],
  },
  { title: "a format", from: text, to: { ...text, format: "date" }, asks: ["/ format date"] },
  {
    title: "another format",
    from: { ...text, format: "date" },
    to: { ...text, format: "date-time" },
    asks: ["/ format date-time"],
  },
  { title: "a bound", from: { type: "number" }, to: { maximum: 5, type: "number" }, asks: ["/ maximum 5"] },
  {
    title: "a bound without its end",
    from: { type: "number", maximum: 5 },
    to: { exclusiveMaximum: 5, type: "number" },
    asks: ["/ exclusiveMaximum 5"],
  },
  {
    title: "no property that it does not know",
    from: of({ a: text }),
    to: of({ a: text }, { additionalProperties: false }),
    asks: ["/* not allowed"],
  },
  {
    title: "no more of a declared property",
    from: of({ a: text, b: text }, { additionalProperties: false }),
    to: of({ b: text }, { additionalProperties: false }),
    asks: ["/a not allowed"],
  },
  {
    title: "something of what was additional",
    from: of({}, { additionalProperties: text }),
    to: of({ a: { type: "number" } }),
    asks: ["/a not of type string"],
  },
  {
    title: "something deep within",
    from: of({ a: { type: "array", items: of({ "b/c": text }) } }),
    to: of({ a: { type: "array", items: of({ "b/c": { type: "null" } }) } }),
    asks: ["/a/*/b~1c not of type string"],
  },
  {
    title: "fewer and other items",
    from: { type: "array", prefixItems: [text, text] },
    to: { type: "array", prefixItems: [text, { type: "number" }], maxItems: 3, uniqueItems: true },
    asks: ["/ maxItems 3", "/ uniqueItems", "/1 not of type string"],
  },
  {
    title: "a branch less",
    from: { anyOf: [text, { type: "null" }] },
    to: { anyOf: [text] },
    asks: ["/ not null"],
  },
  {
    title: "more of one kind",
    from: {
      oneOf: [
        of({ kind: { const: "a" } }, { required: ["kind"] }),
        of({ kind: { const: "b" } }, { required: ["kind"] }),
      ],
    },
    to: {
      oneOf: [
        of({ kind: { const: "a" } }, { required: ["kind"] }),
        of({ kind: { const: "b" }, x: text }, { required: ["kind", "x"] }),
      ],
    },
    asks: ["/x required"],
  },
  {
    title: "more of what refers to itself, told once",
    from: { $ref: "#/$defs/t", $defs: { t: of({ next: { $ref: "#/$defs/t" } }) } },
    to: { $ref: "#/$defs/t", $defs: { t: of({ next: { $ref: "#/$defs/t" } }, { required: ["id"] }) } },
    asks: ["/id required"],
  },
  {
    title: "more by one of several parts",
    from: { allOf: [of({ a: text })] },
    to: { allOf: [of({ a: text }), { required: ["a"] }] },
    asks: ["/a required"],
  },
];

const UNDECIDED: Case[] = [
  { title: "another pattern", from: { ...text, pattern: "^a" }, to: { ...text, pattern: "^b" }, asks: ["/ pattern?"] },
  {
    title: "a length of what has a pattern",
    from: { ...text, pattern: "^[0-9]{10}$" },
    to: { ...text, pattern: "^[0-9]{10}$", minLength: 10 },
    asks: ["/ minLength 10?"],
  },
  { title: "a condition", from: of({}), to: of({}, { if: { required: ["a"] }, else: false }), asks: ["/ if?"] },
  { title: "what may never be", from: text, to: { ...text, not: { const: "a" } }, asks: ["/ not?"] },
  {
    title: "more of what has a condition",
    from: of({}, { if: false, else: { required: ["a"] } }),
    to: of({}, { required: ["a"] }),
    asks: ["/a required?"],
  },
  {
    title: "one of several branches that overlap",
    from: of({ a: text }),
    to: { anyOf: [of({}, { required: ["a"] }), of({}, { required: ["b"] })] },
    asks: ["/ anyOf?"],
  },
  {
    title: "values of which more is asked",
    from: { enum: ["a"] },
    to: { ...text, pattern: "^a" },
    asks: ['/ perhaps not "a"?'],
  },
  {
    title: "what a reference by anchor leads to",
    from: of({ a: text }),
    to: of({ a: { $ref: "#x" } }, { $defs: { x: { $anchor: "x" } } }),
    asks: ["/a a reference?"],
  },
];

describe("A schema that asks for", () => {
  test.each(NOTHING)("$title takes all that the other grants", ({ from, to }) => {
    expect(asked(from, to)).toEqual([]);
  });

  test.each(DIFFERENCES)("$title is told, with the place", ({ from, to, asks }) => {
    expect(asked(from, to)).toEqual(asks);
  });

  test.each(UNDECIDED)("$title is not decided on", ({ from, to, asks }) => {
    expect(asked(from, to)).toEqual(asks);
  });
});

describe("A comparison takes a bounded time", () => {
  const within = (ms: number, work: () => void) => {
    const begun = performance.now();
    work();
    expect(performance.now() - begun).toBeLessThan(ms);
  };
  const chain = (length: number, leaf: object) =>
    Object.fromEntries(
      Array.from({ length }, (_, i) => [
        `d${i}`,
        i === length - 1 ? leaf : { anyOf: [{ $ref: `#/$defs/d${i + 1}` }, of({ x: { $ref: `#/$defs/d${i + 1}` } })] },
      ]),
    );

  test("for branches within branches", () => {
    const schema = (leaf: object) => ({ $ref: "#/$defs/d0", $defs: chain(200, leaf) });
    within(1000, () => expect(asked(schema(text), schema({ type: "number" })).length).toBeGreaterThan(0));
  });

  test("for unions that are each other's branches", () => {
    const schema = (type: string) => ({
      $ref: "#/$defs/a",
      $defs: {
        a: { anyOf: [{ $ref: "#/$defs/b" }, { type }] },
        b: { oneOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }] },
      },
    });
    within(1000, () => expect(asked(schema("string"), schema("number")).at(-1)).toContain("?"));
  });

  test("for thousands of values, properties and names", () => {
    const values = (shift: number) => Array.from({ length: 9000 }, (_, i) => `v${i + shift}`);
    within(1000, () => expect(asked({ enum: values(0) }, { enum: values(1) })).toEqual(['/ not "v0"']));
    const properties = (type: string) => of(Object.fromEntries(values(0).map((name) => [name, { type }])));
    within(1000, () => expect(asked(properties("string"), properties("number")).length).toBeGreaterThan(0));
  });

  test("for what nests deeper than anything is read", () => {
    const deep = (leaf: object) => Array.from({ length: 250 }).reduce<object>((inner) => of({ a: inner }), leaf);
    within(1000, () => expect(compareSchemas(deep(text), deep({ type: "null" }))).toHaveLength(1));
  });
});
