import { elementNamed } from "../../formats/fhir/elementname.ts";
import { setMember } from "../copy.ts";
import { checkDepth, GONE, isMembers, mapItems, mapMembers, type Members, membersBefore } from "../minimise/members.ts";
import { typeOf } from "../minimise/references.ts";
import type { Found } from "./found.ts";
import type { Claim, OwnershipPlan, Territory } from "./plan.ts";
import { Missing } from "./missing.ts";
import { claimsInRequest } from "./request.ts";

/** Which resource it is, said by whoever speaks of it, and what it was made with: never foreign. */
const IDENTITY: ReadonlySet<string> = new Set(["resourceType", "id", "identifier", "meta"]);

/**
 * Takes out of a payload what is not its sender's, wherever a resource stands in it, and tells what that was. A resource
 * of which nothing but its identity would be left goes whole. The payload is not changed.
 */
export class Judge {
  readonly #plan: OwnershipPlan;
  readonly #found: Found;
  readonly #missing = new Missing();

  constructor(plan: OwnershipPlan, found: Found) {
    this.#plan = plan;
    this.#found = found;
  }

  /** What of `payload` is its sender's; GONE where that is nothing. */
  judge(payload: unknown): unknown {
    const made = this.#value(payload, undefined, undefined, 0);
    return made === GONE ? made : this.#missing.withoutReferences(made);
  }

  /** `at`: what the matrix says of the place where `value` stands; undefined where it says nothing. */
  #value(value: unknown, at: Territory | undefined, claim: Claim | undefined, depth: number): unknown {
    if (typeof value !== "object" || value === null)
      return claim !== undefined && at?.isOwn === false ? this.#found.foreign(claim, at) : value;
    checkDepth(depth);
    if (Array.isArray(value)) {
      const items = mapItems(value, (item) => this.#value(item, at, claim, depth + 1));
      return items !== value && items.length === 0 ? GONE : items;
    }
    const type = typeOf(value);
    if (type === undefined) return this.#element(value as Members, at, claim, depth);
    // A resource is subject to what is said of its place and of its type.
    const placed = at === undefined ? value : this.#element(value as Members, at, claim, depth);
    return placed === GONE ? GONE : this.#resource(placed as Members, type, false, depth);
  }

  #element(object: Members, at: Territory | undefined, claim: Claim | undefined, depth: number): unknown {
    const made = this.#members(object, at, claim, depth);
    if (made === object) return object;
    const lostResource = "resource" in object && !("resource" in made);
    return lostResource || Object.keys(made).length === 0 ? GONE : made;
  }

  #resource(resource: Members, type: string, isContained: boolean, depth: number): unknown {
    const claim = this.#plan.get(type);
    const root = claim?.root;
    const isForeign = claim !== undefined && !claim.root.isOwn && !claim.root.isMixed;
    if (isForeign && !(isContained && isIdentity(resource))) return this.#found.foreign(claim, claim.root);
    const made = type === "Bundle" ? this.#bundle(resource, depth) : this.#members(resource, root, claim, depth);
    if (made === resource) return made;
    // A narrative tells what the resource did.
    const told = mapMembers(made, (key, member) => (key === "text" ? GONE : member));
    return claim !== undefined && isIdentity(told) ? GONE : told;
  }

  #members(object: Members, at: Territory | undefined, claim: Claim | undefined, depth: number): Members {
    let copy: Members | undefined;
    for (const key in object) {
      const member = object[key];
      const made = this.#member(object, key, at, claim, depth);
      if (copy === undefined && made !== member) copy = membersBefore(object, key);
      if (copy !== undefined && made !== GONE) setMember(copy, key, made);
    }
    return copy === undefined ? object : this.#withoutContained(object, copy);
  }

  #member(object: Members, key: string, at: Territory | undefined, claim: Claim | undefined, depth: number): unknown {
    const member = object[key];
    const isRoot = at !== undefined && at === claim?.root;
    const isIdentifying = isRoot && IDENTITY.has(key);
    const below = isIdentifying ? undefined : at && elementNamed(at.within, key);
    const isOwn = isIdentifying || (below ?? at)?.isOwn !== false;
    const isMixed = below?.isMixed ?? false;
    const isPrimitive = typeof member !== "object" || member === null;
    if (!isOwn && claim && (!isMixed || isPrimitive)) return this.#found.foreign(claim, below ?? at ?? claim.root);
    if (isPrimitive) return member;
    if (key === "contained" && Array.isArray(member)) return this.#contained(member, depth + 1);
    return this.#value(member, isMixed ? below : undefined, isMixed ? claim : undefined, depth + 1);
  }

  #contained(list: unknown[], depth: number): unknown {
    const made = mapItems(list, (item) => {
      const type = typeOf(item);
      return type === undefined || !isMembers(item)
        ? this.#value(item, undefined, undefined, depth)
        : this.#resource(item, type, true, depth);
    });
    return made.length === 0 && made !== list ? GONE : made;
  }

  #withoutContained(before: Members, made: Members): Members {
    if (before["contained"] === made["contained"]) return made;
    return Missing.contained(before["contained"], made["contained"]).withoutReferences(made);
  }

  #bundle(bundle: Members, depth: number): Members {
    const missing = new Missing();
    const made = mapMembers(bundle, (key, member) => {
      if (key !== "entry" || !Array.isArray(member)) return this.#value(member, undefined, undefined, depth + 1);
      const entries = mapItems(member, (entry) => {
        const kept = this.#entry(entry, depth + 2);
        if (kept === GONE && isMembers(entry)) for (const each of [missing, this.#missing]) each.add(entry);
        return kept;
      });
      return entries.length === 0 && entries !== member ? GONE : entries;
    });
    return made === bundle ? made : missing.withoutTargets(made);
  }

  #entry(entry: unknown, depth: number): unknown {
    const asked = isMembers(entry) ? claimsInRequest(entry, this.#plan) : [];
    for (const claim of asked) this.#found.foreign(claim, claim.root);
    return asked.length > 0 ? GONE : this.#value(entry, undefined, undefined, depth);
  }
}

/** Whether nothing is said of a resource but which one it is. */
function isIdentity(resource: Members): boolean {
  for (const key in resource) if (!IDENTITY.has(key)) return false;
  return true;
}
