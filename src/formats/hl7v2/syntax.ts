import { FasciaError } from "../../base/errors.ts";

/**
 * A message that is not HL7 v2. `where` names segment and field by number and name, `problem` what is expected;
 * neither may hold anything that the message says.
 */
export function syntaxError(where: string, problem: string): FasciaError {
  return new FasciaError("Hl7v2Syntax", `${where}: ${problem}`);
}

/** A path or a location that cannot be read or written. */
export function pathError(where: string, problem: string): FasciaError {
  return new FasciaError("Hl7v2Path", `${where}: ${problem}`);
}
