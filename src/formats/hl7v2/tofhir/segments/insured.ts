import type { Coverage, Patient, RelatedPerson } from "../../../fhir/resources.ts";
import type { Address, CodeableConcept, HumanName, Reference } from "../../../fhir/types.ts";
import { administrativeSex, relationship } from "../../codes/person.ts";
import { filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import { addresses } from "../datatypes/address.ts";
import { code, concept } from "../datatypes/coded.ts";
import { names } from "../datatypes/name.ts";
import { date } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";

const SELF = "SEL";

/**
 * Who holds the insurance (IN1-16 to IN1-19, IN1-43): the Patient where IN1-17 says self, or says nothing and the name is
 * the patient's; otherwise a RelatedPerson.
 */
export function subscriber(coverage: Coverage, in1: SegmentReader, patient: Patient, conversion: Conversion): void {
  const kind = concept(in1.first(17), conversion, relationship);
  put(coverage, "relationship", kind);
  const insured = insuredPerson(in1, kind, coverage.beneficiary, conversion);
  const [name] = insured.name ?? [];
  if (in1.text(17) === SELF || (!kind && name && bearsName(patient, name))) {
    coverage.subscriber = coverage.beneficiary;
    reportDifferences(insured, patient, conversion);
  } else if (name) {
    const key = [coverage.beneficiary.reference ?? "", "insured", name.family ?? "", ...(name.given ?? [])];
    coverage.subscriber = conversion.add(insured, ...key);
  } else reportDifferences(insured, { resourceType: "Patient" }, conversion);
}

function insuredPerson(
  in1: SegmentReader,
  kind: CodeableConcept | undefined,
  patient: Reference,
  conversion: Conversion,
): RelatedPerson {
  const result: RelatedPerson = { resourceType: "RelatedPerson", id: "", patient };
  if (kind) result.relationship = [kind];
  put(result, "name", filled(names(in1.all(16), conversion)));
  const sex = code(in1.first(43), administrativeSex, conversion);
  put(result, "gender", sex.value);
  put(result, "_gender", sex.source);
  put(result, "birthDate", date(in1.first(18), conversion.context.timeZone));
  put(result, "address", filled(addresses(in1.all(19), conversion)));
  return result;
}

/** A Coverage says of the patient no more than that: what IN1 has of them is the Patient's, or else is reported. */
function reportDifferences(insured: RelatedPerson, patient: Patient, { report }: Conversion): void {
  const { name = [], birthDate, address = [], gender } = insured;
  if (!name.every((own) => bearsName(patient, own))) report("IN1-16", "field not mapped");
  if (birthDate !== undefined && birthDate !== patient.birthDate) report("IN1-18", "field not mapped");
  if (!address.every((own) => livesAt(patient, own))) report("IN1-19", "field not mapped");
  if (gender !== undefined && gender !== patient.gender) report("IN1-43", "field not mapped");
}

/** By family and first given name: insurers leave the rest out. */
function bearsName(patient: Patient, { family, given }: HumanName): boolean {
  return (patient.name ?? []).some((own) => own.family === family && own.given?.[0] === given?.[0]);
}

function livesAt(patient: Patient, { line, city, postalCode }: Address): boolean {
  return (patient.address ?? []).some(
    (own) => own.line?.[0] === line?.[0] && own.city === city && own.postalCode === postalCode,
  );
}
