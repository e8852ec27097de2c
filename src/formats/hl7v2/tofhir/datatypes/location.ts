import type { Location } from "../../../fhir/resources.ts";
import type { Reference } from "../../../fhir/types.ts";
import { tableSystem } from "../../codes/table.ts";
import { collect, put } from "../assign.ts";
import type { Composite } from "../reader.ts";
import { authority } from "./identifier.ts";

const PHYSICAL_TYPE = "http://terminology.hl7.org/CodeSystem/location-physical-type";

const PERSON_LOCATION_TYPE = tableSystem("0305");

/** Components of PL from the whole to its parts, with their physical type; the guide leaves that of point of care open. */
const LEVELS = [
  [4, "si"],
  [7, "bu"],
  [8, "lvl"],
  [1, "wa"],
  [2, "ro"],
  [3, "bd"],
] as const;

/**
 * Data type PL (HL7 v2.9 chapter 2A, 2A.3.53): the most granular place, part of the less granular ones. All are put to
 * `contained` under ids that begin with `prefix`; the result refers to the first and names the place for people.
 */
export function location(
  value: Composite | undefined,
  contained: { push(location: Location): void },
  prefix: string,
): Reference | undefined {
  if (!value) return undefined;
  let innermost: Location | undefined;
  for (const [component, type] of LEVELS) {
    const place = level(value, component, type, prefix);
    if (!place) continue;
    if (innermost) place.partOf = { reference: `#${innermost.id}` };
    contained.push(place);
    innermost = place;
  }
  if (!innermost) return undefined;
  put(innermost, "description", value.text(9));
  const type = value.text(6);
  if (type !== undefined) innermost.type = [{ coding: [{ system: PERSON_LOCATION_TYPE, code: type }] }];
  return { reference: `#${innermost.id}`, display: display(value) ?? innermost.name ?? prefix };
}

function level(value: Composite, component: number, type: string, prefix: string): Location | undefined {
  const { system, assigner } = authority(value, component);
  const name = assigner?.display;
  const id = system ?? assigner?.identifier?.value;
  if (name === undefined && id === undefined) return undefined;
  const place: Location = { resourceType: "Location", id: `${prefix}-${type}` };
  if (id !== undefined) place.identifier = [system ? { system: "urn:ietf:rfc:3986", value: system } : { value: id }];
  put(place, "name", name);
  place.mode = "instance";
  place.physicalType = { coding: [{ system: PHYSICAL_TYPE, code: type }] };
  return place;
}

function display(value: Composite): string | undefined {
  const parts = collect([1, 2, 3], (component) => value.text(component));
  return parts.length > 0 ? parts.join(" ") : undefined;
}
