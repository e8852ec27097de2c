import { SAMPLES, sample } from "./adt.ts";
import { Message } from "../../src/formats/hl7v2/message.ts";

/** Segments that hold data of people. */
const PERSONAL = new Set(["EVN", "PID", "PD1", "NK1", "MRG", "PV1", "PV2", "AL1", "DG1", "OBX", "GT1", "IN1", "ZPD"]);
/** Words of tables and of the hospital, which are no data of anybody. */
const COMMON = new Set(["WALDKLINIK", "Internet", "HL7", "Deutsch", "Deutschland", "ISO639", "ISO3166", "RXNORM"]);
const MIN_LENGTH = 6;

/**
 * Texts of the sample messages that must not be found outside payloads: each value of six characters or more that says
 * something about a person. Invented, and unlikely to stand anywhere by chance.
 */
export function canaries(): string[] {
  const found = new Set<string>();
  for (const name of SAMPLES) {
    for (const segment of Message.parse(sample(name)).segments) {
      if (!PERSONAL.has(segment.name)) continue;
      for (let position = 1; position <= segment.fieldCount; position++) {
        for (const repetition of segment.field(position).repetitions) {
          for (const component of repetition.components) component.subcomponents.forEach((text) => found.add(text));
        }
      }
    }
  }
  return [...found].filter(isTelling);
}

function isTelling(text: string): boolean {
  if (text.length < MIN_LENGTH || COMMON.has(text)) return false;
  return !/^(HL7\d+|99[A-Z]+|2\.16\.840\..*|20\d{6,12})$/.test(text) && !ENGLISH.has(text);
}

/** Displays of codes. */
const ENGLISH = new Set([
  "Married",
  "Lutheran",
  "Routine",
  "Emergency",
  "Ambulance",
  "Severe",
  "Moderate",
  "Unknown",
  "Drug allergy",
  "Food allergy",
  "Miscellaneous allergy",
  "Emergency Contact",
  "Emergency Medicine",
  "Medical Service",
  "Discharged to home",
  "Body height",
]);
