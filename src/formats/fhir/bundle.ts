import { bundleEntries, invalid } from "./entries.ts";
import { FhirNode } from "./node.ts";

export { patientKeys } from "./patientkey.ts";
export type { Bundle, BundleEntry, Resource } from "./types.ts";
export { resourceUuid } from "./uuid.ts";

/**
 * Throws FasciaError `FhirInvalid` unless `value` is a Bundle whose entries are resources of the given types only, with
 * ids where they have any as FHIR writes them. Contained resources belong to the one that holds them and are not
 * counted. The contents of resources are the business of the contract's schema.
 */
export function checkBundle(value: unknown, resources: readonly string[]): void {
  const type = FhirNode.of(value, "Bundle").text("type");
  if (!type || !BUNDLE_TYPES.has(type)) throw invalid("Bundle.type", "must be one of the types that FHIR R4 defines");
  for (const { type, resource } of bundleEntries(value)) {
    if (!resources.includes(type)) {
      throw invalid(resource.path, `is of a type that the contract does not have; it has ${resources.join(", ")}`);
    }
    const id = resource.text("id");
    if (id !== undefined && !FHIR_ID.test(id)) throw invalid(`${resource.path}.id`, `must match ${FHIR_ID.source}`);
  }
}

const FHIR_ID = /^[A-Za-z0-9.-]{1,64}$/;

const BUNDLE_TYPES: ReadonlySet<string> = new Set([
  "batch",
  "batch-response",
  "collection",
  "document",
  "history",
  "message",
  "searchset",
  "transaction",
  "transaction-response",
]);
