import { describe, expect, it } from "vitest";
import { processorMs } from "../base/clock.ts";
import type { ContractVersionSpec } from "../api/contractversion.ts";
import { compileContract } from "./contract.ts";

const base = { contract: "member", version: "1.2.0", domain: "members", owner: "Members <m@plan.example>" };

const json = (schema: Record<string, unknown>): ContractVersionSpec => ({ ...base, json: { schema } });

const MEMBER = {
  type: "object",
  required: ["id"],
  additionalProperties: false,
  properties: {
    id: { type: "string", pattern: "^M-\\d{4}$" },
    born: { type: "string", format: "date" },
    plans: { type: "array", items: { type: "object", properties: { code: { enum: ["A", "B"] } } } },
    contacts: { type: "object", additionalProperties: { type: "object", properties: { phone: { type: "string" } } } },
  },
};

function caught(run: () => void): { code?: string; message?: string } {
  try {
    run();
    return {};
  } catch (error) {
    return error as { code: string; message: string };
  }
}

/** Empty for a payload that satisfies the schema. */
function violation(schema: Record<string, unknown>, payload: unknown): string {
  const contract = compileContract(json(schema));
  const { code, message } = caught(() => contract.validate(payload));
  return code === undefined ? "" : `${code}: ${message}`;
}

describe("a contract with a JSON Schema", () => {
  it("lets a payload pass that satisfies it, unchanged", () => {
    const payload = Object.freeze({
      id: "M-0001",
      born: "1980-02-29",
      plans: [{ code: "A" }],
      contacts: { x: { phone: "1" } },
    });
    expect(() => compileContract(json(MEMBER)).validate(payload)).not.toThrow();
  });

  it("keeps its ContractVersion at hand", () => {
    const spec = json(MEMBER);
    expect(compileContract(spec).spec).toBe(spec);
  });

  it.each([
    ["a pattern", { id: "CANARY" }, "/id does not satisfy pattern (schema #/properties/id/pattern)"],
    ["a format", { id: "M-0001", born: "1980-02-30" }, "/born does not satisfy format"],
    [
      "an enumeration in a list",
      { id: "M-0001", plans: [{}, { code: "CANARY" }] },
      "/plans/1/code does not satisfy enum",
    ],
    ["a member that is missing", { born: "1980-02-29" }, "/ does not satisfy required id"],
    ["a member too many", { id: "M-0001", CANARY: 1 }, "/ does not satisfy additionalProperties"],
    [
      "a member of a map",
      { id: "M-0001", contacts: { "CANARY JANE": { phone: 1 } } },
      "/contacts/*/phone does not satisfy type",
    ],
    [
      "a map keyed by numbers",
      { id: "M-0001", contacts: { "4711": { phone: 1 } } },
      "/contacts/*/phone does not satisfy type",
    ],
    ["a text instead of the object", "CANARY", "/ does not satisfy type"],
  ])("names the place and the rule for %s, and no value or foreign name", (_what, payload, why) => {
    const message = violation(MEMBER, payload);
    expect(message).toContain(`ContractViolation: the payload breaks the contract member 1.2.0: ${why}`);
    expect(message).not.toMatch(/CANARY|4711/);
  });

  it("does not take what every object inherits for members", () => {
    expect(violation({ type: "object", required: ["constructor"] }, {})).toContain("required constructor");
  });

  it("tells two patterns apart", () => {
    const schema = { properties: { a: { type: "string", pattern: "^a$" }, b: { type: "string", pattern: "^b$" } } };
    expect(violation(schema, { a: "a", b: "b" })).toBe("");
    expect(violation(schema, { a: "a", b: "a" })).toContain("/b");
  });

  it("follows references and recursion within the schema", () => {
    const schema = {
      $defs: { node: { type: "object", properties: { next: { $ref: "#/$defs/node" }, n: { type: "integer" } } } },
      $ref: "#/$defs/node",
    };
    expect(violation(schema, { next: { next: { n: 1 } } })).toBe("");
    expect(violation(schema, { next: { next: { n: "CANARY" } } })).toContain("/next/next/n does not satisfy type");
  });
});

describe("a payload that tries to exhaust the check", () => {
  const recursive = { $defs: { node: { type: "array", items: { $ref: "#/$defs/node" } } }, $ref: "#/$defs/node" };

  it("by depth is refused", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`) as unknown;
    expect(violation(recursive, deep)).toContain("it nests too deep");
  });

  it("by a text that backtracks is answered soon", () => {
    const begin = processorMs();
    expect(violation({ type: "string", pattern: "^(a+)+$" }, `${"a".repeat(100_000)}b`)).toContain("pattern");
    expect(violation({ type: "string", pattern: "(x|a|aa)+y" }, "a".repeat(8_000_000))).toContain(
      "too long for its pattern",
    );
    expect(processorMs() - begin).toBeLessThan(10_000);
  });

  it.each([
    "date-time",
    "duration",
    "email",
    "hostname",
    "uri",
    "uri-reference",
    "uri-template",
    "ipv6",
    "json-pointer",
  ])("by a text for the format %s is answered soon", (format) => {
    const contract = compileContract(json({ type: "string", format }));
    const begin = processorMs();
    for (const unit of ["a", "a.", "a-", "1:", ":", "%20", "/", "{a}", "{a,", "P1", "http://a", "a@", "::1"]) {
      for (const length of [2_000, 1_000_000]) {
        const text = `${unit.repeat(length / unit.length)}~\u0000`;
        expect(() => contract.validate(text)).toThrow("does not satisfy format");
      }
    }
    expect(processorMs() - begin).toBeLessThan(10_000);
  });
});

describe("a schema that is not usable", () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      "an unknown keyword",
      { properties: { a: { typo: 1 } } },
      `at /properties/a/typo: strict mode: unknown keyword: "typo"`,
    ],
    [
      "an unknown format",
      { properties: { a: { type: "string", format: "ssn" } } },
      "at /properties/a/format: unknown format",
    ],
    ["a wrong value", { properties: { a: { type: "text" } } }, "schema is invalid: data/properties/a/type"],
    [
      "a reference that leads nowhere",
      { properties: { a: { $ref: "#/$defs/b" } } },
      "at /properties/a/$ref: can't resolve reference",
    ],
    ["a reference to another host", { $ref: "https://schemas.example/x.json" }, "at /$ref: can't resolve reference"],
    ["another draft", { $schema: "http://json-schema.org/draft-04/schema#" }, "no schema with key or ref"],
    [
      "an asynchronous schema, which would pass everything",
      { $async: true, type: "object" },
      "$async is not available",
    ],
    ["a pattern that is none", { type: "string", pattern: "(" }, "at /pattern: "],
    [
      "a pattern that cannot be bounded",
      { type: "string", pattern: "(?=a)b" },
      `at /pattern: pattern "(?=a)b": a regular expression has look-ahead`,
    ],
    ["a pattern of Unicode classes", { type: "string", pattern: "^\\p{L}+$" }, "which are not available"],
    ["too many parts", { enum: Array.from({ length: 200_000 }, (_, n) => n) }, "it has more than 20000 parts"],
    [
      "too deep nesting",
      JSON.parse(`${'{"not":'.repeat(6_000)}{}${"}".repeat(6_000)}`) as Record<string, unknown>,
      "it nests too deep",
    ],
  ])("is refused for %s, with the place", (_what, schema, why) => {
    const compile = () => compileContract(json(schema));
    expect(compile).toThrow(expect.objectContaining({ code: "SchemaInvalid" }));
    expect(compile).toThrow(/^spec\.json\.schema of member 1\.2\.0 is not usable: /);
    expect(compile).toThrow(why);
  });

  it("that refers to itself without end is found out by the first payload", () => {
    expect(violation({ $ref: "#" }, {})).toContain("refers to itself without end");
  });
});

describe("a contract of FHIR", () => {
  const fhir: ContractVersionSpec = {
    ...base,
    fhir: {
      release: "R4",
      resources: ["Patient"],
      schema: { properties: { entry: { type: "array", items: { required: ["fullUrl"] } } } },
    },
  };
  const bundle = (entry: unknown) => ({ resourceType: "Bundle", type: "message", entry: [entry] });

  it("holds its resources and satisfies its schema", () => {
    const contract = compileContract(fhir);
    const patient = { resourceType: "Patient", id: "p-1" };
    expect(() => contract.validate(bundle({ fullUrl: "urn:uuid:1", resource: patient }))).not.toThrow();
    expect(() => contract.validate(bundle({ resource: patient }))).toThrow(
      "/entry/0 does not satisfy required fullUrl",
    );
    expect(() => contract.validate(bundle({ resource: { resourceType: "Claim" } }))).toThrow(
      expect.objectContaining({ code: "FhirInvalid" }),
    );
    expect(() => contract.validate({ resourceType: "Patient" })).toThrow(
      expect.objectContaining({ code: "FhirInvalid" }),
    );
  });
});
