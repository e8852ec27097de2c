import { primaryOf } from "../../../fhir/patientkey.ts";
import type { Identifier } from "../../../fhir/types.ts";
import { IDENTIFIER_TYPE } from "../../codes/person.ts";
import { type Conversion, invalid } from "../conversion.ts";
import { assignerOf, identifiers } from "../datatypes/identifier.ts";
import { dateTime } from "../datatypes/time.ts";
import type { Composite, SegmentReader } from "../reader.ts";

const US_SSN = /^\d{3}-?\d{2}-?\d{4}$/;

/** What a patient is known by: its assigner (empty where the sender names none) and its value. */
export interface PatientId {
  assigner: string;
  value: string;
}

/** The primary one of the identifiers at `position`. Throws FasciaError `Hl7v2Invalid` where there is none. */
export function patientId(identifiers: readonly Identifier[], position: string): PatientId {
  const primary = primaryOf(identifiers, (identifier) => identifier.type?.coding?.[0]?.code);
  if (!primary?.value) throw invalid(position, "holds no patient identifier");
  return { assigner: assignerOf(primary), value: primary.value };
}

/** PID-3, then what else PID has of identifiers; older senders have the patient's in PID-2. */
export function patientIdentifiers(pid: SegmentReader, conversion: Conversion): Identifier[] {
  const result = identifiers([...pid.all(3), ...pid.all(2), ...pid.all(4)], conversion);
  const ssn = pid.text(19);
  if (ssn !== undefined && !result.some((identifier) => identifier.value === ssn)) result.push(socialSecurity(ssn));
  const license = driversLicense(pid.first(20), conversion);
  if (license) result.push(license);
  return result;
}

/** PID-19; the guide tells the number of the United States from those of other countries, here by its form. */
function socialSecurity(value: string): Identifier {
  const american = US_SSN.test(value);
  const type = { coding: [{ system: IDENTIFIER_TYPE, code: american ? "SS" : "SB" }] };
  return american ? { type, system: "http://hl7.org/fhir/sid/us-ssn", value } : { type, value };
}

/** DLN[Identifier] of the guide, but the issuer as assigner: the name of a state is no URI for a system. */
function driversLicense(value: Composite | undefined, conversion: Conversion): Identifier | undefined {
  const number = value?.text(1);
  if (number === undefined) return undefined;
  const result: Identifier = { type: { coding: [{ system: IDENTIFIER_TYPE, code: "DL" }] }, value: number };
  const expires = dateTime(value, conversion.context.timeZone, 3);
  if (expires !== undefined) result.period = { end: expires };
  const issuer = value?.text(2);
  if (issuer !== undefined) result.assigner = { display: issuer };
  return result;
}
