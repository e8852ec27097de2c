import { describe, expect, test } from "vitest";
import { z } from "zod";
import { structural } from "./structural.ts";

function convert(type: z.ZodType) {
  const problems: string[] = [];
  const schema = z.toJSONSchema(type, { io: "input", reused: "inline" }) as Record<string, unknown>;
  return { schema: structural(schema, ".spec", problems), problems };
}

describe("A structural schema", () => {
  test("leaves unknown fields to the API server, which refuses them by itself", () => {
    const { schema } = convert(z.strictObject({ a: z.string().describe("A.") }));
    expect(schema).toEqual({
      type: "object",
      properties: { a: { description: "A.", type: "string" } },
      required: ["a"],
    });
  });

  test("keeps bounds, patterns, enumerations and defaults", () => {
    const { schema, problems } = convert(
      z.strictObject({
        name: z
          .string()
          .min(1)
          .max(9)
          .regex(/^[a-z]+$/)
          .describe("N."),
        size: z.int().min(1).max(64).default(8).describe("S."),
        share: z.number().min(0.01).max(1).describe("Sh."),
        level: z.enum(["Low", "High"]).default("Low").describe("L."),
      }),
    );
    expect(problems).toEqual([]);
    expect(schema["properties"]).toEqual({
      name: { description: "N.", type: "string", minLength: 1, maxLength: 9, pattern: "^[a-z]+$" },
      size: { description: "S.", type: "integer", format: "int32", minimum: 1, maximum: 64, default: 8 },
      share: { description: "Sh.", type: "number", minimum: 0.01, maximum: 1 },
      level: { description: "L.", type: "string", enum: ["Low", "High"], default: "Low" },
    });
    expect(schema["required"]).toEqual(["name", "share"]);
  });

  test("has an object of defaults where the fields within have them", () => {
    const inner = z.strictObject({ n: z.int().min(0).max(9).default(1).describe("N.") });
    const { schema } = convert(z.strictObject({ retry: inner.prefault({}).describe("R.") }));
    expect(schema["properties"]).toHaveProperty("retry.default", {});
    expect(schema["properties"]).toHaveProperty("retry.properties.n.default", 1);
  });

  test("lets a quantity be a number or a text, and nothing else be two types", () => {
    const either = z.union([z.int().min(0), z.string().regex(/^[0-9]+m$/)]);
    const { schema, problems } = convert(
      z.strictObject({ cpu: either.meta({ "x-kubernetes-int-or-string": true }).describe("C.") }),
    );
    expect(problems).toEqual([]);
    expect(schema["properties"]).toEqual({
      cpu: {
        description: "C.",
        anyOf: [{ type: "integer" }, { type: "string" }],
        "x-kubernetes-int-or-string": true,
        minimum: 0,
        pattern: "^[0-9]+m$",
      },
    });
    const odd = z.union([z.string(), z.int()]).meta({ "x-kubernetes-int-or-string": true }).describe("O.");
    expect(convert(z.strictObject({ odd })).problems).toEqual([
      ".spec.odd: x-kubernetes-int-or-string needs exactly an integer and a string",
    ]);
  });

  test("keeps documents of somebody else's making as they are", () => {
    const { schema, problems } = convert(
      z.strictObject({
        schema: z.record(z.string(), z.unknown()).describe("S."),
        value: z.unknown().describe("V."),
      }),
    );
    expect(problems).toEqual([]);
    expect(schema["properties"]).toEqual({
      schema: { description: "S.", type: "object", "x-kubernetes-preserve-unknown-fields": true },
      value: { description: "V.", "x-kubernetes-preserve-unknown-fields": true },
    });
  });

  test("types the values of a record", () => {
    const { schema } = convert(z.strictObject({ labels: z.record(z.string(), z.string()).describe("L.") }));
    expect(schema["properties"]).toHaveProperty("labels.additionalProperties", { type: "string" });
  });

  test("says how every list is merged", () => {
    const { schema } = convert(
      z.strictObject({
        atomic: z.array(z.string()).describe("A."),
        set: z.array(z.string()).meta({ "x-kubernetes-list-type": "set" }).describe("S."),
      }),
    );
    expect(schema["properties"]).toHaveProperty(["atomic", "x-kubernetes-list-type"], "atomic");
    expect(schema["properties"]).toHaveProperty(["set", "x-kubernetes-list-type"], "set");
  });

  test("checks times as the API server does", () => {
    const { schema } = convert(z.strictObject({ at: z.iso.datetime().describe("A.") }));
    expect(schema["properties"]).toEqual({ at: { description: "A.", type: "string", format: "date-time" } });
  });

  test.each([
    [
      "a field without description",
      z.strictObject({ a: z.strictObject({ b: z.string() }).describe("A.") }),
      ".spec.a.b: has no description",
    ],
    ["a choice of types", z.strictObject({ a: z.union([z.string(), z.int()]).describe("A.") }), ".spec.a: anyOf"],
    ["null", z.strictObject({ a: z.string().nullable().describe("A.") }), ".spec.a: type"],
    [
      "a choice within a list",
      z.strictObject({ a: z.array(z.union([z.string(), z.int()])).describe("A.") }),
      ".spec.a[]: anyOf",
    ],
    ["a single value", z.strictObject({ a: z.literal("x").describe("A.") }), ".spec.a: const"],
    ["a format that it does not know", z.strictObject({ a: z.email().describe("A.") }), '.spec.a: format "email"'],
    [
      "fields beside others",
      z.object({ a: z.string().describe("A.") }).catchall(z.string()),
      ".spec: properties beside additionalProperties",
    ],
  ])("refuses %s, and says where", (_title, type, says) => {
    expect(convert(type).problems.join("\n")).toContain(says);
  });
});
