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

/** Whether a segment of that name may follow MSH: any that begins neither a message nor a batch. */
export function isBodySegment(name: string): boolean {
  return /^(?!MSH|FHS|BHS)[A-Z][A-Z0-9]{2}$/.test(name);
}
