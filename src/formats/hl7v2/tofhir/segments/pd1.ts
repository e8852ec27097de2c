import type { Patient } from "../../../fhir/resources.ts";
import type { Reference } from "../../../fhir/types.ts";
import { handicap } from "../../codes/person.ts";
import type { Conversion } from "../conversion.ts";
import { concept } from "../datatypes/coded.ts";
import { Practitioners, organizationByName } from "../datatypes/people.ts";
import type { SegmentReader } from "../reader.ts";

const PATIENT = "http://hl7.org/fhir/StructureDefinition/patient-";

/** PD1[Patient] of the guide, added to the Patient that PID made. */
export function additionalDemographics(pd1: SegmentReader, patient: Patient, conversion: Conversion): void {
  const people = new Practitioners(conversion);
  const practices: (Reference | undefined)[] = pd1.all(3).map(organizationByName);
  const doctors = pd1.all(4).map((value) => people.refer(value));
  const generalPractitioner = [...practices, ...doctors].filter((reference) => reference !== undefined);
  if (generalPractitioner.length > 0) patient.generalPractitioner = generalPractitioner;
  if (people.contained.length > 0) patient.contained = people.contained;
  const extension = (patient.extension ??= []);
  const disability = concept(pd1.first(6), conversion, handicap);
  if (disability) extension.push({ url: `${PATIENT}disability`, valueCodeableConcept: disability });
  for (const value of pd1.all(14)) {
    const worship = value.text(1);
    if (worship !== undefined) extension.push({ url: `${PATIENT}congregation`, valueString: worship });
  }
  if (extension.length === 0) delete patient.extension;
}
