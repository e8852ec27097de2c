import { FasciaError } from "../../base/errors.ts";
import { FhirNode } from "./node.ts";

/** A resource of a Bundle with its position, for error messages and typed reading. */
export interface Entry {
  type: string;
  fullUrl: string | undefined;
  resource: FhirNode;
}

/**
 * The resources of a FHIR Bundle in their order. Throws FasciaError `FhirInvalid` with the path where `value` is no
 * Bundle, an entry holds no resource, or a resource names no type.
 */
export function bundleEntries(value: unknown): Entry[] {
  const bundle = FhirNode.of(value, "Bundle");
  if (bundle.text("resourceType") !== "Bundle") throw invalid("Bundle.resourceType", "must be Bundle");
  return bundle.list("entry").map((entry) => {
    const resource = entry.child("resource");
    if (!resource) throw invalid(entry.path, "must hold a resource");
    const type = resource.text("resourceType");
    if (!type) throw invalid(resource.path, "must name its resourceType");
    return { type, fullUrl: entry.text("fullUrl"), resource };
  });
}

export function invalid(path: string, problem: string): FasciaError {
  return new FasciaError("FhirInvalid", `${path}: ${problem}`);
}
