import type { ErrorObject } from "ajv";
import type { Drift } from "../api/drift.ts";
import { FasciaError } from "../base/errors.ts";
import { positionOf, stepsOf } from "./position.ts";
import { safePath } from "./schemapath.ts";

/** What a payload breaks of a schema. */
export interface Violation {
  /** Where and which rule, in our own words. */
  text: string;
  /** Undefined where something is missing, which is nothing that the schema does not know. */
  drift?: Drift;
}

/** A payload does not satisfy its contract. */
export class ContractViolation extends FasciaError {
  readonly drift: Drift | undefined;

  constructor(contract: string, { text, drift }: Violation) {
    super("ContractViolation", `the payload breaks the contract ${contract}: ${text}`);
    this.drift = drift;
  }
}

/** Says it by names that the schema declares; of the rule's parameters only those that the schema itself has written. */
export function describe(
  error: ErrorObject,
  payload: unknown,
  names: ReadonlySet<string>,
  resources: readonly string[],
): Violation {
  const { keyword, instancePath, schemaPath } = error;
  const place = safePath(instancePath, payload, names);
  const params = error.params as Record<string, unknown>;
  const { missingProperty: missing } = params;
  const detail = keyword === "required" && typeof missing === "string" ? ` ${missing}` : "";
  const text = `${place === "" ? "/" : place} does not satisfy ${keyword}${detail} (schema ${schemaPath})`;
  if (MISSING.has(keyword)) return { text };
  const refused = params["additionalProperty"] ?? params["unevaluatedProperty"];
  const steps = stepsOf(instancePath, payload);
  if (typeof refused !== "string")
    return { text, drift: { kind: "Value", position: positionOf(steps, names, resources) } };
  const position = positionOf([...steps, { name: refused, value: undefined }], names, resources);
  return { text, drift: { kind: "Field", position } };
}

const MISSING = new Set(["required", "dependentRequired", "minProperties", "minItems", "contains"]);
