import { describe, expect, it } from "vitest";
import { compileUndeclared } from "./undeclared.ts";

const person = { properties: { name: { type: "string" }, home: { properties: { city: {} } } } };
const found = (schema: Record<string, unknown>, payload: unknown, resources?: string[]) =>
  compileUndeclared(schema, resources)?.(payload);

describe("members that pass only because a schema is open", () => {
  it.each([
    ["at the root, unnamed", person, { name: "a", Quarzenstein: 1 }, ["*"]],
    ["within, several as one", person, { home: { city: 1, a: 1, b: 2 } }, ["home.*"]],
    ["by name, where the schema declares that elsewhere", person, { home: { name: 1 } }, ["home.name"]],
    ["in lists, without an index", { properties: { all: { items: person } } }, { all: [{}, { x: 1 }] }, ["all.*"]],
    ["behind references", { properties: { a: { $ref: "#/$defs/p" } }, $defs: { p: person } }, { a: { x: 1 } }, ["a.*"]],
    ["of no case of several", { anyOf: [person, { properties: { x: {} } }] }, { x: 1, y: 1 }, ["*"]],
    ["none where all is declared", person, { name: "a", home: { city: 1 } }, []],
  ])("are told: %s", (_what, schema, payload, expected) => {
    expect(found(schema, payload)).toEqual(expected);
  });

  it.each([
    ["it declares no names", { type: "object" }],
    ["it is closed", { ...person, properties: { name: {} }, additionalProperties: false }],
    ["it is a map", { properties: { a: {} }, additionalProperties: { type: "string" } }],
    ["it refers by $dynamicRef", { properties: { a: { $dynamicRef: "#x" } } }],
  ])("are not looked for where %s", (_why, schema) => {
    expect(compileUndeclared(schema)).toBeUndefined();
  });

  it("of a FHIR resource stand under its type", () => {
    const schema = {
      properties: { entry: { items: { properties: { resource: { properties: { resourceType: {} } } } } } },
    };
    const payload = { entry: [{ resource: { resourceType: "Patient", photo: [] } }] };
    expect(found(schema, payload, ["Patient"])).toEqual(["Patient.*"]);
  });

  it("of a schema that refers to itself have a path of bounded length", () => {
    const schema = { properties: { next: { $ref: "#" } } };
    const deep = Array.from({ length: 5000 }).reduce<object>((next) => ({ next }), { CANARY: 1 });
    expect(found(schema, deep)).toEqual([`${"next.".repeat(12)}**`]);
  });
});
