import type { AllergyIntolerance } from "../../../fhir/resources.ts";
import type { CodeableConcept, Reference } from "../../../fhir/types.ts";
import { allergenCategory, allergySeverity, allergyType } from "../../codes/allergy.ts";
import { filled, put } from "../assign.ts";
import { type Conversion, invalid } from "../conversion.ts";
import { code, concept } from "../datatypes/coded.ts";
import { dateTime } from "../datatypes/time.ts";
import type { SegmentReader } from "../reader.ts";

const CLINICAL_STATUS = "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical";

/** AL1[AllergyIntolerance] of the guide; severity (AL1-4) as criticality. */
export function allergy(al1: SegmentReader, patient: Reference, conversion: Conversion): void {
  al1.ignore(1);
  const allergen = concept(al1.first(3), conversion);
  if (!allergen) throw invalid(`${al1.path}-3`, "names no allergen");
  const result: AllergyIntolerance = {
    resourceType: "AllergyIntolerance",
    id: "",
    clinicalStatus: { coding: [{ system: CLINICAL_STATUS, code: "active" }] },
    patient,
  };
  kind(result, al1, conversion);
  const criticality = code(al1.first(4), allergySeverity, conversion);
  put(result, "criticality", criticality.value);
  put(result, "_criticality", criticality.source);
  result.code = allergen;
  put(result, "onsetDateTime", dateTime(al1.first(6), conversion.context.timeZone));
  const reactions = al1.all(5).map((value) => ({ text: value.text(1) ?? "" }));
  const manifestation = filled(reactions.filter(({ text }) => text !== ""));
  if (manifestation) result.reaction = [{ manifestation }];
  conversion.add(result, patient.reference ?? "", ...allergenKey(allergen));
}

/** AL1-2 says both whether it is an allergy and what category of allergen. */
function kind(result: AllergyIntolerance, al1: SegmentReader, conversion: Conversion): void {
  const category = code(al1.first(2), allergenCategory, conversion);
  put(result, "type", allergyType.toFhir.get(al1.text(2) ?? ""));
  if (category.value === undefined && !category.source) return;
  result.category = [category.value ?? null];
  if (category.source) result._category = [category.source];
}

function allergenKey(allergen: CodeableConcept): string[] {
  const coding = allergen.coding?.[0];
  return coding ? [coding.system ?? "", coding.code ?? ""] : [allergen.text ?? ""];
}
