import { describe, expect, it } from "vitest";
import { aContractVersion, aWorld } from "../../../test/builders/resources.ts";
import type { ContractVersionSpec } from "../../api/contractversion.ts";
import { evaluate } from "../evaluate.ts";
import { EXAMPLE_FAILS } from "./examples.ts";

describe("an example of a contract", () => {
  const SCHEMA = { type: "object", required: ["ward"], properties: { ward: { enum: ["north"] } } };
  const faultsOf = (spec: Partial<ContractVersionSpec>) => {
    const version = aContractVersion({ contract: "c", json: undefined, ...spec });
    const change = { operation: "CREATE", new: version, dryRun: false, now: 0 } as const;
    return evaluate(change, aWorld(), [EXAMPLE_FAILS]).map(
      ({ severity, path, message }) => `${severity} ${path}: ${message}`,
    );
  };
  const example = (payload: unknown, name = "admission") => ({ name, payload });

  it("must satisfy its schema: what it breaks is told by place and rule, never by what stands in it", () => {
    const examples = [example({ ward: "north" }), example({ ward: "CANARY" }, "transfer"), example({ CANARY: 1 }, "b")];
    const faults = faultsOf({ json: { schema: SCHEMA }, examples });
    expect(faults).toEqual([
      "Deny spec.examples[1].payload: example transfer: the payload breaks the contract c 1.0.0: /ward does not satisfy enum (schema #/properties/ward/enum)",
      "Deny spec.examples[2].payload: example b: the payload breaks the contract c 1.0.0: / does not satisfy required ward (schema #/required)",
    ]);
  });

  it("of FHIR must be a Bundle of the contract's resources", () => {
    const entry = (resourceType: string) => ({
      resourceType: "Bundle",
      type: "message",
      entry: [{ resource: { resourceType } }],
    });
    const examples = [example(entry("Patient")), example(entry("Coverage"), "other"), example(null, "none")];
    expect(faultsOf({ fhir: { release: "R4", resources: ["Patient"] }, examples })).toEqual([
      expect.stringContaining("Deny spec.examples[1].payload: example other: Bundle.entry[0].resource: is of a type"),
      expect.stringContaining("Deny spec.examples[2].payload: example none: Bundle: must be"),
    ]);
  });

  it("must be no longer than what is tried again and again", () => {
    expect(faultsOf({ json: { schema: {} }, examples: [example("x".repeat(65_535))] })).toEqual([
      "Deny spec.examples[0].payload: example admission: more than 65536 characters of JSON",
    ]);
    expect(faultsOf({ json: { schema: {} }, examples: [example("x".repeat(65_534))] })).toEqual([]);
  });

  it("of a schema that does not compile is not tried: that is told of the schema", () => {
    expect(faultsOf({ json: { schema: { type: "wrong" } }, examples: [example(1)] })).toEqual([]);
  });
});
