import type { Patient, PatientContact, RelatedPerson } from "../../../fhir/resources.ts";
import type { CodeableConcept, ContactPoint, Identifier, Reference } from "../../../fhir/types.ts";
import { administrativeSex, contactRole, relationship } from "../../codes/person.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { address, addresses } from "../datatypes/address.ts";
import { code, concept, languageConcept } from "../datatypes/coded.ts";
import { identifiers, periodOf } from "../datatypes/identifier.ts";
import { name, names } from "../datatypes/name.ts";
import { organizationByName } from "../datatypes/people.ts";
import { telecoms } from "../datatypes/telecom.ts";
import { date, dateTime } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";
import { CONTACT_RELATIONSHIP } from "../urls.ts";

/** Contact roles (HL7 table 0131) of employers, agencies and insurers: contacts of the patient, but no related persons. */
const ORGANIZATION_ROLES = new Set(["E", "F", "I", "S"]);

/** NK1 as the guide has it: an organization becomes Patient.contact, a person a RelatedPerson. */
export function nextOfKin(nk1: SegmentReader, patient: Patient, subject: Reference, conversion: Conversion): void {
  nk1.ignore(1);
  if (isOrganization(nk1)) (patient.contact ??= []).push(contact(nk1, conversion));
  else relatedPerson(nk1, subject, conversion);
}

/** The guide's condition compares NK1-3 with codes of NK1-7's table as well; here each is compared with its own. */
function isOrganization(nk1: SegmentReader): boolean {
  if (nk1.text(3) === "EMR" || ORGANIZATION_ROLES.has(nk1.text(7) ?? "")) return true;
  return nk1.first(2) === undefined && nk1.first(13) !== undefined;
}

/** NK1[RelatedPerson] of the guide. */
function relatedPerson(nk1: SegmentReader, patient: Reference, conversion: Conversion): void {
  const result: RelatedPerson = { resourceType: "RelatedPerson", id: "", patient };
  const identifier = kinIdentifiers(nk1, conversion);
  const name = [...names(nk1.all(2), conversion), ...names(nk1.all(30), conversion)];
  put(result, "identifier", filled(identifier));
  const kind = concept(nk1.first(3), conversion, relationship);
  const role = concept(nk1.first(7), conversion, contactRole);
  put(result, "relationship", filled([kind, role].filter((value) => value !== undefined)));
  put(result, "name", filled(name));
  put(result, "telecom", filled(kinTelecoms(nk1, conversion)));
  const sex = code(nk1.first(15), administrativeSex, conversion);
  put(result, "gender", sex.value);
  put(result, "_gender", sex.source);
  put(result, "birthDate", date(nk1.first(16), conversion.context.timeZone));
  put(result, "address", filled([...addresses(nk1.all(4), conversion), ...addresses(nk1.all(32), conversion)]));
  put(result, "period", kinPeriod(nk1, conversion));
  const language = languageConcept(nk1.first(20), conversion);
  if (language) result.communication = [{ language }];
  conversion.add(result, ...kinKey(patient, identifier, kind, name));
}

/** Known by its own identifier, otherwise by relationship and name: the set id counts within one message only. */
function kinKey(
  patient: Reference,
  identifier: Identifier[],
  kind: CodeableConcept | undefined,
  name: { family?: string; given?: string[] }[],
): string[] {
  const key = [patient.reference ?? ""];
  const own = identifier[0];
  if (own?.value) return [...key, own.system ?? own.assigner?.display ?? "", own.value];
  return [...key, kind?.coding?.at(-1)?.code ?? "", name[0]?.family ?? "", ...(name[0]?.given ?? [])];
}

/** NK1[Patient] of the guide: Patient.contact. */
function contact(nk1: SegmentReader, conversion: Conversion): PatientContact {
  const result: PatientContact = {};
  const kind = concept(nk1.first(3), conversion, relationship);
  if (kind) result.extension = [{ url: CONTACT_RELATIONSHIP, valueCodeableConcept: kind }];
  const role = concept(nk1.first(7), conversion, contactRole);
  if (role) result.relationship = [role];
  put(result, "name", name(nk1.first(2) ?? nk1.first(30), conversion));
  put(result, "telecom", filled(kinTelecoms(nk1, conversion)));
  put(result, "address", address(nk1.first(4) ?? nk1.first(32), conversion));
  const sex = code(nk1.first(15), administrativeSex, conversion);
  put(result, "gender", sex.value);
  put(result, "_gender", sex.source);
  put(result, "organization", organizationByName(nk1.first(13)));
  put(result, "period", kinPeriod(nk1, conversion));
  return result;
}

function kinTelecoms(nk1: SegmentReader, conversion: Conversion): ContactPoint[] {
  return [
    ...telecoms(nk1.all(5), conversion),
    ...telecoms(nk1.all(6), conversion, "work"),
    ...[31, 40, 41].flatMap((field) => telecoms(nk1.all(field), conversion)),
  ];
}

function kinIdentifiers(nk1: SegmentReader, conversion: Conversion): Identifier[] {
  const result = [...identifiers(nk1.all(33), conversion), ...identifiers(nk1.all(12), conversion)];
  const ssn = nk1.text(37);
  if (ssn !== undefined) result.push({ system: "http://hl7.org/fhir/sid/us-ssn", value: ssn });
  return result;
}

function kinPeriod(nk1: SegmentReader, conversion: Conversion): RelatedPerson["period"] {
  const { timeZone } = conversion.context;
  return periodOf(dateTime(nk1.first(8), timeZone), dateTime(nk1.first(9), timeZone));
}

/** CX[RelatedPerson-Mother] of the guide: PID-21 makes a RelatedPerson of which nothing else is known. */
export function mother(pid: SegmentReader, patient: Reference, conversion: Conversion): void {
  const identifier = identifiers(pid.all(21), conversion);
  if (identifier.length === 0) return;
  const coding = relationship.toFhir.get("MTH");
  const result: RelatedPerson = { resourceType: "RelatedPerson", id: "", identifier, patient };
  if (coding) result.relationship = [{ coding: [{ ...coding }] }];
  conversion.add(result, ...kinKey(patient, identifier, undefined, []));
}
