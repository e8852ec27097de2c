import { FasciaError } from "../../../../base/errors.ts";
import type { FhirNode } from "../../../fhir/node.ts";

const DATE_TIME = /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?$/;
/** HL7 v2 has four digits for fractions of a second. */
const FRACTION_LENGTH = 5;

/** A FHIR date, dateTime or instant as DTM of the same precision. Throws FasciaError `FhirInvalid` for what is none. */
export function time(node: FhirNode | undefined, name: string): string | undefined {
  const text = node?.text(name);
  if (!node || text === undefined) return undefined;
  const match = DATE_TIME.exec(text);
  if (!match) throw new FasciaError("FhirInvalid", `${node.path}.${name}: is no FHIR date or dateTime`);
  const [, year, month = "", day = "", hour = "", minute = "", second = "", fraction = "", zone = ""] = match;
  const offset = zone === "Z" ? "+0000" : zone.replace(":", "");
  return `${year}${month}${day}${hour}${minute}${second}${fraction.slice(0, FRACTION_LENGTH)}${offset}`;
}

/** The day of a FHIR dateTime: data type DT. */
export function day(node: FhirNode | undefined, name: string): string | undefined {
  return time(node, name)?.slice(0, 8);
}

/** An instant in UTC. */
export function timestamp(instant: Date): string {
  return `${instant.toISOString().replaceAll(/[-:T]|\..*/g, "")}+0000`;
}
