import type { Patient } from "../../../fhir/resources.ts";
import type { Address, ContactPoint } from "../../../fhir/types.ts";
import { administrativeSex, maritalStatus } from "../../codes/person.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { addresses } from "../datatypes/address.ts";
import { code, concept, languageConcept, yesNo } from "../datatypes/coded.ts";
import { names } from "../datatypes/name.ts";
import { positiveInteger } from "../datatypes/number.ts";
import { telecoms } from "../datatypes/telecom.ts";
import { birth, dateTime, instant } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";
import { patientExtensions } from "./patientextensions.ts";
import { patientIdentifiers } from "./patientids.ts";

/** PID[Patient] of the guide. PID-18 is read with the visit, PID-21 with the related persons. */
export function patient(pid: SegmentReader, conversion: Conversion): Patient {
  pid.ignore(1);
  const result: Patient = { resourceType: "Patient", id: "" };
  const lastUpdated = instant(pid.first(33), conversion.context.timeZone);
  if (lastUpdated !== undefined) result.meta = { lastUpdated };
  put(result, "extension", filled(patientExtensions(pid, conversion)));
  put(result, "identifier", filled(patientIdentifiers(pid, conversion)));
  put(result, "name", filled([...names(pid.all(5), conversion), ...names(pid.all(9), conversion)]));
  put(result, "telecom", filled(patientTelecoms(pid, conversion)));
  sexAndLife(result, pid, conversion);
  put(result, "address", filled(patientAddresses(pid, conversion)));
  put(result, "maritalStatus", concept(pid.first(16), conversion, maritalStatus));
  multipleBirth(result, pid, conversion);
  const language = languageConcept(pid.first(15), conversion);
  if (language) result.communication = [{ language }];
  return result;
}

function patientTelecoms(pid: SegmentReader, conversion: Conversion): ContactPoint[] {
  return [
    ...telecoms(pid.all(13), conversion, "home"),
    ...telecoms(pid.all(14), conversion, "work"),
    ...telecoms(pid.all(40), conversion),
  ];
}

function sexAndLife(result: Patient, pid: SegmentReader, conversion: Conversion): void {
  const { timeZone } = conversion.context;
  const sex = code(pid.first(8), administrativeSex, conversion);
  put(result, "gender", sex.value);
  put(result, "_gender", sex.source);
  const { date, time } = birth(pid.first(7), timeZone);
  put(result, "birthDate", date);
  if (time) result._birthDate = { extension: [time] };
  const died = dateTime(pid.first(29), timeZone);
  const dead = yesNo(pid.first(30), conversion);
  if (died !== undefined) result.deceasedDateTime = died;
  else put(result, "deceasedBoolean", dead);
}

/** PID-12 is the county of the only address; where there is none, or several, it is an address of its own. */
function patientAddresses(pid: SegmentReader, conversion: Conversion): Address[] {
  const result = addresses(pid.all(11), conversion);
  const district = pid.text(12);
  if (district === undefined) return result;
  const [only] = result;
  if (only && result.length === 1 && (only.district === undefined || only.district === district)) {
    return [{ ...only, district }];
  }
  return [...result, { district }];
}

function multipleBirth(result: Patient, pid: SegmentReader, conversion: Conversion): void {
  const born = yesNo(pid.first(24), conversion);
  const order = positiveInteger(pid.first(25), 1, conversion);
  if (order !== undefined) result.multipleBirthInteger = order;
  else put(result, "multipleBirthBoolean", born);
}
