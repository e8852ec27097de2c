import type { FhirNode } from "../../../fhir/node.ts";
import { administrativeSex, contactRole, relationship } from "../../codes/person.ts";
import type { Segment } from "../../segment.ts";
import { CONTACT_RELATIONSHIP } from "../../tofhir/urls.ts";
import { coded, plainCode } from "../datatypes/coded.ts";
import { extendedIds } from "../datatypes/identifier.ts";
import { personName, personNames, postalAddress } from "../datatypes/person.ts";
import { contactPoints, isWork } from "../datatypes/telecom.ts";
import { day, time } from "../datatypes/time.ts";
import { type Rendering, set } from "../rendering.ts";

/** NK1 for each RelatedPerson but those who only are insured (they stand in IN1), and for each Patient.contact. */
export function kinSegments(rendering: Rendering, patient: FhirNode): void {
  const insured = new Set(
    rendering.source.all("Coverage").map((coverage) => coverage.child("subscriber")?.text("reference")),
  );
  const people = rendering.source
    .all("RelatedPerson")
    .filter((person) => !insured.has(`RelatedPerson/${person.text("id")}`));
  people.forEach((person, index) => relatedPerson(rendering, person, index + 1));
  patient.list("contact").forEach((contact, index) => patientContact(rendering, contact, people.length + index + 1));
}

function relatedPerson({ message, version }: Rendering, person: FhirNode, setId: number): void {
  const nk1 = message.addSegment("NK1");
  set(nk1, 1, String(setId));
  nk1.setField(2, personNames(person.list("name"), version));
  const roles = person.list("relationship");
  const role = roles.find((concept) => concept.list("coding").some(isContactRole));
  set(
    nk1,
    3,
    coded(
      roles.find((concept) => concept !== role),
      relationship,
    ),
  );
  nk1.setField(4, person.list("address").map(postalAddress));
  telecom(nk1, person);
  set(nk1, 7, coded(role, contactRole));
  period(nk1, person);
  set(nk1, 15, plainCode(person, "gender", administrativeSex));
  set(nk1, 16, time(person, "birthDate"));
  nk1.setField(33, extendedIds(person.list("identifier")));
}

function patientContact({ message, version }: Rendering, contact: FhirNode, setId: number): void {
  const nk1 = message.addSegment("NK1");
  set(nk1, 1, String(setId));
  set(nk1, 2, personName(contact.child("name"), version));
  set(nk1, 3, coded(contact.extension(CONTACT_RELATIONSHIP)?.child("valueCodeableConcept"), relationship));
  const address = contact.child("address");
  if (address) set(nk1, 4, postalAddress(address));
  telecom(nk1, contact);
  set(nk1, 7, coded(contact.list("relationship")[0], contactRole));
  period(nk1, contact);
  const organization = contact.child("organization");
  set(nk1, 13, organization?.text("display"));
  set(nk1, 15, plainCode(contact, "gender", administrativeSex));
}

function telecom(nk1: Segment, owner: FhirNode): void {
  const points = owner.list("telecom");
  nk1.setField(5, contactPoints(points.filter((point) => !isWork(point))));
  nk1.setField(6, contactPoints(points.filter(isWork)));
}

function period(nk1: Segment, owner: FhirNode): void {
  set(nk1, 8, day(owner.child("period"), "start"));
  set(nk1, 9, day(owner.child("period"), "end"));
}

const isContactRole = (coding: FhirNode): boolean => coding.text("system") === contactRole.system;
