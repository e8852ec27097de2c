import { GONE, isMembers, mapItems, mapMembers, type Members } from "../minimise/members.ts";
import { typeOf } from "../minimise/references.ts";

/** What a Reference says of a resource that it can't address. */
interface Logical {
  type?: string;
  identifier?: unknown;
}

/** Resources that were taken out of a Bundle, or of one that contained them, and what is left of References to them. */
export class Missing {
  /** Of contained resources: by `#id` they are known only within the one that contained them. */
  readonly #isContained: boolean;
  readonly #places = new Map<string, Logical>();
  /** `AllergyIntolerance/1`, as references within a Bundle write it too. */
  readonly #names = new Set<string>();

  constructor(isContained = false) {
    this.#isContained = isContained;
  }

  static contained(before: unknown, after: unknown): Missing {
    const missing = new Missing(true);
    const left = new Set(Array.isArray(after) ? after.map(idOf) : []);
    for (const resource of Array.isArray(before) ? before : []) {
      const id = idOf(resource);
      if (id !== undefined && !left.has(id)) missing.#places.set(`#${id}`, logical(resource));
    }
    return missing;
  }

  add({ fullUrl, resource }: Members): void {
    const [type, id] = [typeOf(resource), idOf(resource)];
    if (type !== undefined && id !== undefined) this.#names.add(`${type}/${id}`);
    // Another address than a `urn:` may be good without the entry.
    if (typeof fullUrl === "string" && fullUrl.startsWith("urn:")) this.#places.set(fullUrl, logical(resource));
  }

  /** `value` with what it refers to by type and identifier where its address is gone. */
  withoutReferences<T>(value: T): T {
    return this.#places.size === 0 ? value : (this.#withLogical(value, value) as T);
  }

  /** `bundle` without what a Provenance says of the resources that are gone; one that has no target left goes itself. */
  withoutTargets(bundle: Members): Members {
    return mapMembers(bundle, (key, entries) => {
      if (key !== "entry" || !Array.isArray(entries)) return entries;
      return mapItems(entries, (entry) => {
        const resource = isMembers(entry) ? entry["resource"] : undefined;
        if (!isMembers(entry) || !isMembers(resource) || typeOf(resource) !== "Provenance") return entry;
        const { target } = resource;
        if (!Array.isArray(target)) return entry;
        const left = mapItems(target, (one) => (this.#isMissing(one) ? GONE : one));
        if (left === target) return entry;
        return left.length === 0 ? GONE : { ...entry, resource: { ...resource, target: left } };
      });
    });
  }

  #isMissing(reference: unknown): boolean {
    const address = isMembers(reference) ? reference["reference"] : undefined;
    return typeof address === "string" && (this.#places.has(address) || this.#names.has(address));
  }

  #withLogical(value: unknown, outermost: unknown): unknown {
    if (Array.isArray(value)) return mapItems(value, (item) => this.#withLogical(item, outermost));
    // What a resource within contains is its own, and has been seen to.
    if (!isMembers(value) || (this.#isContained && value !== outermost && "contained" in value)) return value;
    const { reference } = value;
    const known = typeof reference === "string" ? this.#places.get(reference) : undefined;
    const made = mapMembers(value, (key, member) =>
      known !== undefined && key === "reference" ? GONE : this.#withLogical(member, outermost),
    );
    return known === undefined ? made : { ...known, ...made };
  }
}

const idOf = (resource: unknown): string | undefined => {
  const id = isMembers(resource) ? resource["id"] : undefined;
  return typeof id === "string" ? id : undefined;
};

function logical(resource: unknown): Logical {
  const type = typeOf(resource);
  const listed = isMembers(resource) ? resource["identifier"] : undefined;
  const identifier: unknown = Array.isArray(listed) ? listed[0] : listed;
  return { ...(type !== undefined && { type }), ...(isMembers(identifier) && { identifier }) };
}
