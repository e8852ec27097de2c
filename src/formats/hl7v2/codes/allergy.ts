import { codeMap } from "./table.ts";

/** Tables of allergies, as the HL7 v2-to-FHIR implementation guide maps them. */

/** Table 0127 to AllergyIntolerance.category; `MA` and `MC` have none. */
export const allergenCategory = codeMap("0127", [
  ["DA", "medication"],
  ["FA", "food"],
  ["EA", "environment"],
  ["AA", "biologic"],
  ["PA", "environment"],
  ["LA", "environment"],
]);

/** Table 0127 to AllergyIntolerance.type; a contraindication (`MC`) is none. */
export const allergyType = codeMap("0127", [
  ["DA", "allergy"],
  ["FA", "allergy"],
  ["MA", "allergy"],
  ["EA", "allergy"],
  ["AA", "allergy"],
  ["PA", "allergy"],
  ["LA", "allergy"],
]);

/** Table 0128 to AllergyIntolerance.criticality; `MO` and `U` have none. */
export const allergySeverity = codeMap("0128", [
  ["SV", "high"],
  ["MI", "low"],
]);
