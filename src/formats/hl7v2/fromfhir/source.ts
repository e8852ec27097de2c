import { FasciaError } from "../../../base/errors.ts";
import { type Entry, bundleEntries } from "../../fhir/entries.ts";
import { FhirNode } from "../../fhir/node.ts";

/** A Bundle as the rendering of a message asks for it: resources by type, and references followed within it. */
export class Source {
  readonly #entries: readonly Entry[];

  /** Throws FasciaError `FhirInvalid` unless `bundle` is a Bundle of resources. */
  constructor(bundle: unknown) {
    this.#entries = bundleEntries(bundle);
  }

  all(type: string): FhirNode[] {
    return this.#entries.filter((entry) => entry.type === type).map((entry) => entry.resource);
  }

  first(type: string): FhirNode | undefined {
    return this.all(type)[0];
  }

  /** The resource that a reference within `owner` names: one that it contains, or one of the Bundle. */
  resolve(reference: FhirNode | undefined, owner: FhirNode): FhirNode | undefined {
    const target = reference?.text("reference");
    if (target === undefined) return undefined;
    if (target.startsWith("#")) return contained(owner, target.slice(1));
    return this.#entries.find((entry) => names(target, entry))?.resource;
  }
}

/** By the address that the Bundle gives a resource, or by type and id, relative or absolute. */
function names(reference: string, { type, fullUrl, resource }: Entry): boolean {
  const path = `${type}/${resource.text("id")}`;
  return reference === fullUrl || reference === path || reference.endsWith(`/${path}`);
}

function contained(owner: FhirNode, id: string): FhirNode | undefined {
  return owner.list("contained").find((resource) => resource.text("id") === id);
}

export function invalidBundle(problem: string): FasciaError {
  return new FasciaError("FhirInvalid", `Bundle: ${problem}`);
}
