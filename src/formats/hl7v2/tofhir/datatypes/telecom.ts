import type { ContactPoint, Extension } from "../../../fhir/types.ts";
import { EQUIPMENT_BY_USE, telecomSystem, telecomUse } from "../../codes/contact.ts";
import { collect, filled, put } from "../assign.ts";
import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";
import { type Mapped, alternateCode, codeComponent } from "./coded.ts";
import { positiveInteger } from "./number.ts";
import { period } from "./identifier.ts";

/** Cellular phone in HL7 table 0202, which FHIR tells by the use. */
const MOBILE = "CP";
const EXTENSION = "http://hl7.org/fhir/StructureDefinition/contactpoint-";
/** Parts of a number by component. */
const PARTS = [
  [5, `${EXTENSION}country`],
  [6, `${EXTENSION}area`],
  [7, `${EXTENSION}local`],
  [8, `${EXTENSION}extension`],
] as const;

/**
 * XTN[ContactPoint] of the guide; undefined where it holds no number or address. `defaultUse` is what the field means
 * where the value does not say: home for PID-13, work for PID-14.
 */
function telecom(value: Composite, conversion: Conversion, defaultUse?: string): ContactPoint | undefined {
  const equipment = value.text(3);
  const email = isEmail(value, equipment);
  const parts = email ? undefined : numberParts(value);
  const text = email ? (value.text(4) ?? value.text(1)) : (value.text(12) ?? value.text(1) ?? written(value));
  if (text === undefined) return undefined;
  const result: ContactPoint = {};
  put(result, "extension", parts);
  const system = systemOf(value, equipment, email, conversion);
  put(result, "system", system.value);
  put(result, "_system", system.source);
  result.value = text;
  const use = useOf(value, equipment, conversion, defaultUse);
  put(result, "use", use.value);
  put(result, "_use", use.source);
  put(result, "rank", positiveInteger(value, 18, conversion));
  put(result, "period", period(value, 13, 14, conversion));
  return result;
}

export function telecoms(values: readonly Composite[], conversion: Conversion, defaultUse?: string): ContactPoint[] {
  return collect(values, (value) => telecom(value, conversion, defaultUse));
}

function isEmail(value: Composite, equipment: string | undefined): boolean {
  if (equipment !== undefined) return telecomSystem.toFhir.get(equipment) === "email";
  return value.text(4) !== undefined || value.text(2) === "NET";
}

/** Where the sender does not say it is a phone: the fields are named phone number. An unknown equipment is `other`. */
function systemOf(value: Composite, equipment: string | undefined, email: boolean, conversion: Conversion): Mapped {
  if (equipment === MOBILE) return { value: "phone" };
  if (equipment === undefined) return { value: email ? "email" : "phone" };
  return { value: "other", ...codeComponent(value, 3, telecomSystem, conversion) };
}

/** `CP` says mobile, whatever the use code says; a use code other than that of a mobile's usual form is kept. */
function useOf(
  value: Composite,
  equipment: string | undefined,
  conversion: Conversion,
  defaultUse: string | undefined,
): Mapped {
  const sent = value.text(2);
  if (equipment === MOBILE) {
    if (sent === undefined || sent === "PRN" || sent === "PRS") return { value: "mobile" };
    return { value: "mobile", source: alternateCode({ system: telecomUse.system, code: sent }) };
  }
  if (sent !== undefined && !EQUIPMENT_BY_USE.has(sent)) return codeComponent(value, 2, telecomUse, conversion);
  return sent === undefined && defaultUse !== undefined ? { value: defaultUse } : {};
}

/** Country, area, local number and extension, as sent. */
function numberParts(value: Composite): Extension[] | undefined {
  const extensions = collect(PARTS, ([component, url]) => {
    const valueString = value.text(component);
    return valueString === undefined ? undefined : { url, valueString };
  });
  return filled(extensions);
}

/** The number as one writes it, where the sender gave only its parts. */
function written(value: Composite): string | undefined {
  const country = value.text(5);
  const local = value.text(7);
  if (local === undefined) return undefined;
  const extension = value.text(8);
  const parts = [country && `+${country.replace(/^\+/, "")}`, value.text(6), local, extension && `ext. ${extension}`];
  return parts.filter((part) => part !== undefined).join(" ");
}
