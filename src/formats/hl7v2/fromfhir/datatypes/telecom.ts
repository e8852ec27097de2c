import type { FhirNode } from "../../../fhir/node.ts";
import type { RepetitionInput } from "../../compose.ts";
import { telecomSystem, telecomUse } from "../../codes/contact.ts";
import { plainCode } from "./coded.ts";

const EXTENSION = "http://hl7.org/fhir/StructureDefinition/contactpoint-";
const PARTS = ["country", "area", "local", "extension"];

/**
 * A ContactPoint as XTN. The number stands in the first component, which every version has, and its parts where the
 * sender gave them; an electronic mail address has a component of its own.
 */
function contactPoint(point: FhirNode): RepetitionInput | undefined {
  const value = point.text("value");
  if (value === undefined) return undefined;
  const use = plainCode(point, "use", telecomUse);
  if (point.text("system") === "email") return [undefined, use ?? "NET", "Internet", value];
  const mobile = point.text("use") === "mobile";
  const equipment = mobile ? "CP" : plainCode(point, "system", telecomSystem);
  const parts = PARTS.map((part) => point.extension(EXTENSION + part)?.text("valueString"));
  const usual = mobile && use === "PRS" ? "PRN" : use;
  return [value, usual, equipment, undefined, ...parts];
}

export function contactPoints(points: readonly FhirNode[]): RepetitionInput[] {
  return points.map(contactPoint).filter((point) => point !== undefined);
}

export const isWork = (point: FhirNode): boolean => point.text("use") === "work";
