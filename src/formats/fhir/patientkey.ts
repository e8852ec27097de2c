import { bundleEntries } from "./entries.ts";
import type { FhirNode } from "./node.ts";

/**
 * The ordering keys of a Bundle, in clear text: for each Patient, in the order of entries, `<assigner>|<id>` of its
 * primary identifier. A merge therefore has two, that of the Patient who remains first. A Patient without identifier
 * counts by `Patient|<logical id>`; without that either it has no key. Throws FasciaError `FhirInvalid`.
 */
export function patientKeys(bundle: unknown): string[] {
  const keys = new Set<string>();
  for (const { type, resource } of bundleEntries(bundle)) {
    const key = type === "Patient" ? patientKey(resource) : undefined;
    if (key) keys.add(key);
  }
  return [...keys];
}

function patientKey(patient: FhirNode): string | undefined {
  const identifiers = patient.list("identifier").filter((identifier) => identifier.text("value"));
  const primary = primaryOf(identifiers, typeCode);
  if (primary) return identifierKey(assigner(primary), primary.text("value") ?? "");
  const id = patient.text("id");
  return id && identifierKey("Patient", id);
}

export const identifierKey = (assigner: string, value: string): string => `${assigner}|${value}`;

/**
 * Which of several identifiers a patient is known by: the medical record number (MR of HL7 table 0203), otherwise a
 * patient internal identifier (PI), otherwise the first.
 */
export function primaryOf<T>(identifiers: readonly T[], type: (identifier: T) => string | undefined): T | undefined {
  return (
    identifiers.find((identifier) => type(identifier) === "MR") ??
    identifiers.find((identifier) => type(identifier) === "PI") ??
    identifiers[0]
  );
}

function typeCode(identifier: FhirNode): string | undefined {
  return identifier.child("type")?.list("coding")[0]?.text("code");
}

/** Who assigned the identifier: its system, or the assigner's identifier or name. */
function assigner(identifier: FhirNode): string {
  const organization = identifier.child("assigner");
  return (
    identifier.text("system") ?? organization?.child("identifier")?.text("value") ?? organization?.text("display") ?? ""
  );
}
