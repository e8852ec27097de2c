import type { ContractVersionSpec } from "../api/contractversion.ts";
import { onlyOnce } from "../base/onlyonce.ts";
import { checkBundle } from "../formats/fhir/bundle.ts";
import { compileSchema } from "./schema.ts";
import { type FindUndeclared, compileUndeclared } from "./undeclared.ts";
import { ContractViolation } from "./violation.ts";

/** A ContractVersion ready to check payloads. */
export interface Contract {
  readonly spec: ContractVersionSpec;
  /**
   * Throws `ContractViolation` (a JSON Schema is not satisfied) or `FhirInvalid` (no Bundle of the
   * contract's resources). The message names contract, place and rule, never a value or a name that a payload chose.
   * The payload is not changed.
   */
  validate(payload: unknown): void;
  /** Positions of members that a payload, which is valid, has beside those that the contract's schema declares. */
  undeclared: FindUndeclared;
}

/** Throws FasciaError `SchemaInvalid` with the field of the ContractVersion and the place within the schema. */
export function compileContract(spec: ContractVersionSpec): Contract {
  const name = `${spec.contract} ${spec.version}`;
  const checks: ((payload: unknown) => void)[] = [];
  const { fhir, json } = spec;
  const resources = fhir?.resources ?? [];
  if (fhir) checks.push((payload) => checkBundle(payload, resources));
  if (fhir?.schema) checks.push(bySchema(name, "spec.fhir.schema", fhir.schema, resources));
  if (json) checks.push(bySchema(name, "spec.json.schema", json.schema));
  // Not everybody who checks a contract asks for that.
  const find = onlyOnce(() => compileUndeclared(fhir?.schema ?? json?.schema ?? {}, resources) ?? nothing);
  return {
    spec,
    validate: (payload) => checks.forEach((check) => check(payload)),
    undeclared: (payload) => find()(payload),
  };
}

const nothing: FindUndeclared = () => [];

function bySchema(
  name: string,
  field: string,
  schema: Record<string, unknown>,
  resources: readonly string[] = [],
): (payload: unknown) => void {
  const violation = compileSchema(schema, `${field} of ${name}`, resources);
  return (payload) => {
    const found = violation(payload);
    if (found !== undefined) throw new ContractViolation(name, found);
  };
}
