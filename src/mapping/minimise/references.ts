import { isMembers, type Members } from "./members.ts";

/** What references within a resource or a Bundle may point to: types by `urn:` address and by id of contained resources. */
export interface Scope {
  addresses: ReadonlyMap<string, string>;
  contained: ReadonlyMap<string, string>;
}

export const NO_SCOPE: Scope = { addresses: new Map(), contained: new Map() };

/** The scope within `resource`: a Bundle adds its entries, a resource that contains others replaces the contained ones. */
export function scopeOf(resource: Members, outer: Scope): Scope {
  const { entry, contained } = resource;
  const addresses = Array.isArray(entry) ? new Map([...outer.addresses, ...entry.flatMap(addressOf)]) : outer.addresses;
  const ids = Array.isArray(contained) ? new Map(contained.flatMap(containedId)) : outer.contained;
  return { addresses, contained: ids };
}

function addressOf(entry: unknown): [string, string][] {
  if (!isMembers(entry) || typeof entry["fullUrl"] !== "string") return [];
  const type = typeOf(entry["resource"]);
  return type === undefined ? [] : [[entry["fullUrl"], type]];
}

function containedId(resource: unknown): [string, string][] {
  const type = typeOf(resource);
  return type !== undefined && isMembers(resource) && typeof resource["id"] === "string"
    ? [[`#${resource["id"]}`, type]]
    : [];
}

/** The type of a resource; undefined for everything else. */
export function typeOf(value: unknown): string | undefined {
  const type = isMembers(value) ? value["resourceType"] : undefined;
  return typeof type === "string" ? type : undefined;
}

/** `Patient/1`, `https://host/fhir/Patient/1/_history/2`, `Patient?identifier=…` (http://hl7.org/fhir/R4/references.html). */
const BY_URL = /(?:^|\/)([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]*)?$|\?)/;

/**
 * Types that a Reference may point to, by what it says itself and by what stands at its address; empty for what is no
 * Reference or tells nothing.
 */
export function targetTypes(object: Members, scope: Scope): string[] {
  const { reference, type } = object;
  const types = typeof type === "string" ? [type] : [];
  if (typeof reference !== "string") return "identifier" in object || "display" in object ? types : [];
  const known = scope.addresses.get(reference) ?? scope.contained.get(reference) ?? BY_URL.exec(reference)?.[1];
  return known === undefined ? types : [known, ...types];
}
