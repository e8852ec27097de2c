import type { Conversion } from "../conversion.ts";
import type { Composite } from "../reader.ts";

/** A whole number from 1 on (FHIR positiveInt); anything else is none, and reported. */
export function positiveInteger(
  value: Composite | undefined,
  component: number,
  conversion: Conversion,
): number | undefined {
  const text = value?.text(component);
  if (!value || text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  const position = component === 1 ? value.position : `${value.position}.${component}`;
  conversion.report(position, "not a positive whole number");
  return undefined;
}
