import { isMembers, type Members } from "./members.ts";
import type { Plan, Rule } from "./plan.ts";

/** What references within a resource or a Bundle may point to: types by `urn:` address and by id of contained resources. */
export interface Scope {
  addresses: ReadonlyMap<string, string>;
  contained: ReadonlyMap<string, string>;
}

export const NO_SCOPE: Scope = { addresses: new Map(), contained: new Map() };

/** The scope within `resource`: a Bundle adds its entries, a resource that contains others replaces the contained ones. */
export function scopeOf(resource: Members, outer: Scope): Scope {
  const { entry, contained } = resource;
  const hasEntries = Array.isArray(entry);
  const contains = Array.isArray(contained);
  if (!hasEntries && !contains) return outer;
  return {
    addresses: hasEntries ? withAddresses(outer.addresses, entry) : outer.addresses,
    contained: contains ? idsOf(contained) : outer.contained,
  };
}

function withAddresses(outer: ReadonlyMap<string, string>, entries: unknown[]): Map<string, string> {
  const addresses = new Map(outer);
  for (const entry of entries) {
    if (!isMembers(entry) || typeof entry["fullUrl"] !== "string") continue;
    const type = typeOf(entry["resource"]);
    if (type !== undefined) addresses.set(entry["fullUrl"], type);
  }
  return addresses;
}

function idsOf(contained: unknown[]): Map<string, string> {
  const ids = new Map<string, string>();
  for (const resource of contained) {
    const type = typeOf(resource);
    if (type !== undefined && isMembers(resource) && typeof resource["id"] === "string") ids.set(resource["id"], type);
  }
  return ids;
}

/** The type of a resource; undefined for everything else. */
export function typeOf(value: unknown): string | undefined {
  const type = isMembers(value) ? value["resourceType"] : undefined;
  return typeof type === "string" ? type : undefined;
}

/**
 * `Patient/1`, `https://host/fhir/Patient/1/_history/2`, `Patient?identifier=…` (http://hl7.org/fhir/R4/references.html).
 * Ids as servers have them, not only as FHIR wants them: what is not taken for a Reference to a type keeps its display.
 */
const BY_URL = /(?:^\s*|\/)([A-Z][A-Za-z]+)(?:\/[^/?#]+(?:\/_history\/[^/?#]*)?\/?(?:[?#]|$)|\?)/;

/**
 * The rule for the resource that a Reference points to: for the type at its address or for the one that it names, one
 * that removes before one that does not. Undefined for what is no Reference, tells nothing or points to what no rule is for.
 */
export function targetOf(object: Members, scope: Scope, plan: Plan): Rule | undefined {
  const { reference, type } = object;
  const hasAddress = typeof reference === "string";
  const isReference = hasAddress || (typeof type === "string" && ("identifier" in object || "display" in object));
  if (!isReference) return undefined;
  const named = typeof type === "string" ? plan.get(type) : undefined;
  const addressed = hasAddress ? plan.get(typeAt(reference, scope)) : undefined;
  return named?.remove ? named : (addressed ?? named);
}

/** The type of what stands at an address; empty where that is not known. */
function typeAt(address: string, scope: Scope): string {
  const known = scope.addresses.get(address);
  if (known !== undefined) return known;
  const contained = address.startsWith("#") ? scope.contained.get(address.slice(1)) : undefined;
  return contained ?? BY_URL.exec(address)?.[1] ?? "";
}
