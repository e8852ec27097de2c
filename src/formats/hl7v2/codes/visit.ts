import { codeMap, conceptMap, knownCodes, tableSystem, userTable } from "./table.ts";

/** Tables of visits, as the HL7 v2-to-FHIR implementation guide maps them. */

const ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
const ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const CLASS = tableSystem("0004");

/** Table 0004 to Encounter.class. */
export const patientClass = conceptMap("0004", ACT_CODE, [
  ["E", "EMER", "emergency"],
  ["I", "IMP", "inpatient encounter"],
  ["O", "AMB", "ambulatory"],
  ["P", "PRENC", "pre-admission"],
  ["R", "R", "Recurring patient", CLASS],
  ["B", "B", "Obstetrics", CLASS],
  ["C", "C", "Commercial Account", CLASS],
  ["N", "N", "Not Applicable", CLASS],
  ["U", "U", "Unknown", CLASS],
]);

/** Table 0004 to Encounter.status: of a visit whose event does not tell. */
export const classStatus = codeMap("0004", [
  ["I", "in-progress"],
  ["E", "in-progress"],
  ["O", "in-progress"],
  ["R", "in-progress"],
  ["B", "in-progress"],
  ["C", "in-progress"],
  ["N", "in-progress"],
  ["P", "planned"],
  ["U", "unknown"],
]);

/** Table 0003 to Encounter.status, those events that tell it whatever the class is. */
export const eventStatus: ReadonlyMap<string, string> = new Map([
  ["A01", "in-progress"],
  ["A03", "finished"],
]);

/** Table 0007. */
export const admissionType = knownCodes("0007", [
  ["A", "Accident"],
  ["C", "Elective"],
  ["E", "Emergency"],
  ["L", "Labor and Delivery"],
  ["N", "Newborn (Birth in healthcare facility)"],
  ["R", "Routine"],
  ["U", "Urgent"],
]);

/** Table 0217. */
export const visitPriority = conceptMap("0217", "http://terminology.hl7.org/CodeSystem/v3-ActPriority", [
  ["1", "EM", "emergency"],
  ["2", "UR", "urgent"],
  ["3", "EL", "elective"],
]);

/** Table 0092. */
export const readmission = knownCodes("0092", [["R", "Re-admission"]]);

/** Table 0430. */
export const modeOfArrival = knownCodes("0430", [
  ["A", "Ambulance"],
  ["C", "Car"],
  ["F", "On foot"],
  ["H", "Helicopter"],
  ["O", "Other"],
  ["P", "Public Transport"],
  ["U", "Unknown"],
]);

/** Table 0062. */
export const eventReason = conceptMap("0062", ACT_REASON, [
  ["01", "PATRQT", "patient requested"],
  ["02", "TREAT", "treatment"],
  ["03", "HOPERAT", "healthcare operations"],
  ["O", "O", "Other", tableSystem("0062")],
  ["U", "U", "Unknown", tableSystem("0062")],
]);

export const patientType = userTable("0018");
export const hospitalService = userTable("0069");
export const admitSource = userTable("0023");
export const vip = userTable("0099");
export const dischargeDisposition = userTable("0112");
export const dietType = userTable("0114");
export const planType = userTable("0086");
