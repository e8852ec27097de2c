import type { FhirNode } from "../../../fhir/node.ts";
import {
  administrativeSex,
  citizenship,
  ethnicGroup,
  language,
  maritalStatus,
  nationality,
  race,
} from "../../codes/person.ts";
import { religion } from "../../codes/religion.ts";
import type { ConceptMap } from "../../codes/table.ts";
import type { Segment } from "../../segment.ts";
import { ETHNIC_GROUP, RACE } from "../../tofhir/urls.ts";
import { coded, plainCode } from "../datatypes/coded.ts";
import { extendedId, extendedIds, typeCode } from "../datatypes/identifier.ts";
import { personNames, postalAddress } from "../datatypes/person.ts";
import { contactPoints, isWork } from "../datatypes/telecom.ts";
import { day, time } from "../datatypes/time.ts";
import { type Rendering, set } from "../rendering.ts";

const PATIENT = "http://hl7.org/fhir/StructureDefinition/patient-";
const US_SSN = "http://hl7.org/fhir/sid/us-ssn";

/** PID from a Patient; the account number comes from the visit's account. */
export function patientSegment({ message, version }: Rendering, patient: FhirNode, visit: FhirNode | undefined): void {
  const pid = message.addSegment("PID");
  set(pid, 1, "1");
  identifiers(pid, patient);
  pid.setField(5, personNames(patient.list("name"), version));
  set(pid, 6, patient.extension(`${PATIENT}mothersMaidenName`)?.text("valueString"));
  set(pid, 7, birth(patient));
  set(pid, 8, plainCode(patient, "gender", administrativeSex));
  concept(pid, 10, patient, RACE, race);
  pid.setField(11, patient.list("address").map(postalAddress));
  const telecom = patient.list("telecom");
  pid.setField(13, contactPoints(telecom.filter((point) => !isWork(point))));
  pid.setField(14, contactPoints(telecom.filter(isWork)));
  set(pid, 15, coded(patient.list("communication")[0]?.child("language"), language));
  set(pid, 16, coded(patient.child("maritalStatus"), maritalStatus));
  concept(pid, 17, patient, `${PATIENT}religion`, religion);
  set(pid, 18, extendedId(visit?.list("account")[0]?.child("identifier")));
  concept(pid, 22, patient, ETHNIC_GROUP, ethnicGroup);
  set(pid, 23, patient.extension(`${PATIENT}birthPlace`)?.child("valueAddress")?.text("text"));
  multipleBirth(pid, patient);
  countries(pid, 26, patient, `${PATIENT}citizenship`, citizenship);
  countries(pid, 28, patient, `${PATIENT}nationality`, nationality);
  death(pid, patient);
}

/** PID-3, but the social security number and the driver's licence where HL7 v2 has fields for them. */
function identifiers(pid: Segment, patient: FhirNode): void {
  const all = patient.list("identifier");
  const ssn = all.find((identifier) => identifier.text("system") === US_SSN && !identifier.child("assigner"));
  const license = all.find((identifier) => typeCode(identifier) === "DL" && !identifier.text("system"));
  pid.setField(3, extendedIds(all.filter((identifier) => identifier !== ssn && identifier !== license)));
  set(pid, 19, ssn?.text("value"));
  if (!license) return;
  set(pid, 20, [
    license.text("value"),
    license.child("assigner")?.text("display"),
    day(license.child("period"), "end"),
  ]);
}

function birth(patient: FhirNode): string | undefined {
  const exact = patient.child("_birthDate")?.extension(`${PATIENT}birthTime`);
  return time(exact, "valueDateTime") ?? time(patient, "birthDate");
}

function multipleBirth(pid: Segment, patient: FhirNode): void {
  const order = patient.number("multipleBirthInteger");
  const multiple = order === undefined ? patient.boolean("multipleBirthBoolean") : true;
  if (multiple !== undefined) set(pid, 24, multiple ? "Y" : "N");
  if (order !== undefined) set(pid, 25, String(order));
}

function death(pid: Segment, patient: FhirNode): void {
  const died = time(patient, "deceasedDateTime");
  const dead = died === undefined ? patient.boolean("deceasedBoolean") : true;
  set(pid, 29, died);
  if (dead !== undefined) set(pid, 30, dead ? "Y" : "N");
}

function concept(pid: Segment, field: number, patient: FhirNode, url: string, table: ConceptMap): void {
  set(pid, field, coded(patient.extension(url)?.child("valueCodeableConcept"), table));
}

function countries(pid: Segment, field: number, patient: FhirNode, url: string, table: ConceptMap): void {
  const concepts = patient
    .list("extension")
    .filter((extension) => extension.text("url") === url)
    .map((extension) => coded(extension.extension("code")?.child("valueCodeableConcept"), table));
  pid.setField(
    field,
    concepts.filter((value) => value !== undefined),
  );
}

/** MRG from the Patient that was replaced. */
export function mergeSegment({ message, version }: Rendering, prior: FhirNode): void {
  const mrg = message.addSegment("MRG");
  mrg.setField(1, extendedIds(prior.list("identifier")));
  mrg.setField(7, personNames(prior.list("name"), version));
}
