import type { ContractVersionSpec } from "../api/contractversion.ts";
import { FasciaError } from "../base/errors.ts";
import { checkBundle } from "../formats/fhir/bundle.ts";
import { compileSchema } from "./schema.ts";

/** A ContractVersion ready to check payloads. */
export interface Contract {
  readonly spec: ContractVersionSpec;
  /**
   * Throws FasciaError `ContractViolation` (a JSON Schema is not satisfied) or `FhirInvalid` (no Bundle of the
   * contract's resources). The message names contract, place and rule, never a value or a name that a payload chose.
   * The payload is not changed.
   */
  validate(payload: unknown): void;
}

/** Throws FasciaError `SchemaInvalid` with the field of the ContractVersion and the place within the schema. */
export function compileContract(spec: ContractVersionSpec): Contract {
  const name = `${spec.contract} ${spec.version}`;
  const checks: ((payload: unknown) => void)[] = [];
  const { fhir, json } = spec;
  if (fhir) checks.push((payload) => checkBundle(payload, fhir.resources));
  if (fhir?.schema) checks.push(bySchema(name, "spec.fhir.schema", fhir.schema));
  if (json) checks.push(bySchema(name, "spec.json.schema", json.schema));
  return { spec, validate: (payload) => checks.forEach((check) => check(payload)) };
}

function bySchema(name: string, field: string, schema: Record<string, unknown>): (payload: unknown) => void {
  const violation = compileSchema(schema, `${field} of ${name}`);
  return (payload) => {
    const found = violation(payload);
    if (found !== undefined)
      throw new FasciaError("ContractViolation", `the payload breaks the contract ${name}: ${found}`);
  };
}
