import type { Encounter, Location } from "../../../fhir/resources.ts";
import type { Extension } from "../../../fhir/types.ts";
import { location } from "../datatypes/location.ts";
import type { SegmentReader } from "../reader.ts";

/** Marks a place that the patient is at for a while only, as the guide does. */
export const TEMPORARY: Extension = {
  url: "http://hl7.org/fhir/StructureDefinition/subject-locationClassification",
  valueCodeableConcept: { coding: [{ system: "http://hl7.org/fhir/ValueSet/subject-location", code: "temporary" }] },
};

/** PV1 fields of type PL by the status that the place has in the visit. */
const LOCATIONS = [
  { field: 3, status: "active", temporary: false },
  { field: 6, status: "completed", temporary: false },
  { field: 11, status: "active", temporary: true },
  { field: 42, status: "reserved", temporary: false },
  { field: 43, status: "completed", temporary: true },
] as const;

/** The places of a visit. Of one that is yet to come (class P) the assigned place is planned. */
export function visitLocations(
  pv1: SegmentReader,
  contained: { push(location: Location): void },
): NonNullable<Encounter["location"]> {
  const planned = pv1.text(2) === "P";
  return LOCATIONS.flatMap(({ field, status, temporary }) => {
    const place = location(pv1.first(field), contained, `location-${field}`);
    if (!place) return [];
    const stay = { location: place, status: planned && field === 3 ? "planned" : status };
    return [temporary ? { extension: [TEMPORARY], ...stay } : stay];
  });
}
