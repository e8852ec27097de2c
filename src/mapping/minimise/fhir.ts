import { elementNamed } from "../../formats/fhir/elementname.ts";
import { setMember } from "../copy.ts";
import { checkDepth, membersBefore, GONE, isMembers, mapMembers, type Members } from "./members.ts";
import { merged, type Plan, type Rule } from "./plan.ts";
import { NO_SCOPE, type Scope, scopeOf, targetOf, typeOf } from "./references.ts";
import { type Dialect, methodOf, type Report } from "./report.ts";

/**
 * A Bundle without what the plan hides, wherever a resource stands in it: entries, contained ones, Parameters. Beside
 * the elements themselves goes what would tell the same: the `_element` with its extensions, every narrative
 * (`text.div`), what a Reference to such a resource says of it, and searches in links and requests. A type that is
 * hidden whole takes its entries along and the References to them, and a Provenance that then has no target.
 */
export function minimiseFhir(payload: unknown, plan: Plan, report: Report): unknown {
  const made = new Minimiser(plan, report).value(payload, undefined, "", NO_SCOPE, 0);
  return made === GONE ? { resourceType: typeOf(payload) } : made;
}

class Minimiser {
  readonly #plan: Plan;
  readonly #report: Report;

  constructor(plan: Plan, report: Report) {
    this.#plan = plan;
    this.#report = report;
  }

  value(value: unknown, rule: Rule | undefined, path: string, scope: Scope, depth: number): unknown {
    if (typeof value !== "object" || value === null) return value;
    checkDepth(depth);
    if (Array.isArray(value)) return this.#items(value, rule, path, scope, depth);
    const object = value as Members;
    const type = object["resourceType"];
    return typeof type === "string"
      ? this.#resource(object, type, rule, scope, depth)
      : this.#element(object, rule, path, scope, depth);
  }

  #items(list: unknown[], rule: Rule | undefined, path: string, scope: Scope, depth: number): unknown {
    let copy: unknown[] | undefined;
    for (let index = 0; index < list.length; index++) {
      const item = list[index];
      const made = this.value(item, rule, path, scope, depth + 1);
      if (copy === undefined && made !== item) copy = list.slice(0, index);
      if (made === GONE) this.#report.shorten();
      else copy?.push(made);
    }
    return copy?.length === 0 ? GONE : (copy ?? list);
  }

  #resource(resource: Members, type: string, outer: Rule | undefined, scope: Scope, depth: number): unknown {
    // It is subject to the rules of its type and of the place where it stands.
    const rule = merged(this.#plan.get(type), outer);
    if (rule?.remove) return this.#report.remove(type);
    const method = methodOf(rule);
    if (method !== undefined) return this.#report.replace(resource, method, rule, type, DIALECT);
    const made = this.#members(resource, rule, type, scopeOf(resource, scope), depth);
    const lostTargets = made !== resource && type === "Provenance" && "target" in resource && !("target" in made);
    return lostTargets ? this.#report.remove(type) : made;
  }

  #element(object: Members, rule: Rule | undefined, path: string, scope: Scope, depth: number): unknown {
    const target = targetOf(object, scope, this.#plan);
    if (target?.remove) return this.#report.remove(path);
    const reference = target === undefined ? object : this.#bareReference(object, path);
    const made = this.#members(this.#withoutSearch(reference, path), rule, path, scope, depth);
    if (made === object) return object;
    const lostResource = "resource" in object && !("resource" in made);
    return lostResource || Object.keys(made).length === 0 ? GONE : made;
  }

  #members(object: Members, rule: Rule | undefined, path: string, scope: Scope, depth: number): Members {
    let copy: Members | undefined;
    for (const key in object) {
      const member = object[key];
      const isFree = rule === undefined && (typeof member !== "object" || member === null);
      const made = isFree ? member : this.#member(key, member, rule, path, scope, depth);
      if (copy === undefined && made !== member) copy = membersBefore(object, key);
      if (copy !== undefined && made !== GONE) setMember(copy, key, made);
    }
    return copy ?? object;
  }

  #member(key: string, member: unknown, outer: Rule | undefined, path: string, scope: Scope, depth: number): unknown {
    const isNarrative = key === "text" && isMembers(member) && "div" in member;
    const rule = outer && ruleFor(outer, key);
    if (isNarrative || rule?.remove) return this.#report.remove(`${path}.${key}`);
    const method = methodOf(rule);
    if (method === undefined) {
      const isPrimitive = typeof member !== "object" || member === null;
      return isPrimitive ? member : this.value(member, rule, `${path}.${key}`, scope, depth + 1);
    }
    if (key.startsWith("_")) return this.#report.remove(`${path}.${key}`);
    return this.#report.replace(member, method, rule, `${path}.${key}`, DIALECT);
  }

  /** What a Reference says beside its address repeats the resource: a name to display, an identifier, a search. */
  #bareReference(object: Members, path: string): Members {
    return mapMembers(object, (key, member) => {
      const isAddress = key === "reference" && typeof member === "string" && !member.includes("?");
      return isAddress || key === "type" ? member : this.#report.remove(`${path}.${key}`);
    });
  }

  /** A Bundle's link and an entry's conditional request (http://hl7.org/fhir/R4/http.html#ccreate) search by values. */
  #withoutSearch(object: Members, path: string): Members {
    const { relation, request } = object;
    if (relation === undefined && request === undefined) return object;
    const searches = (key: string, member: unknown) =>
      (key === "url" && mayBeSearch(member) && relation !== undefined) ||
      (key === "request" && isMembers(member) && ("ifNoneExist" in member || mayBeSearch(member["url"])));
    return mapMembers(object, (key, member) =>
      searches(key, member) ? this.#report.remove(`${path}.${key}`) : member,
    );
  }
}

/** What is no text where an address belongs may hold anything. */
const mayBeSearch = (url: unknown): boolean =>
  typeof url === "string" ? url.includes("?") : url !== undefined && url !== null;

/** Names in payloads are few, the elements of FHIR; the bound is for those who send others. */
const MAX_KNOWN = 1_000;

/** Rules by name also cover `_name`, where FHIR keeps extensions of primitives, and `name[x]` with its type. */
function ruleFor({ within, known }: Rule, key: string): Rule | undefined {
  if (within.size === 0) return undefined;
  const remembered = known.get(key);
  if (remembered !== undefined) return remembered ?? undefined;
  const rule = elementNamed(within, key);
  if (known.size >= MAX_KNOWN) known.clear();
  known.set(key, rule ?? null);
  return rule;
}

const DIALECT: Dialect = {
  /** Kept where a resource is replaced whole: what it is, and where References find it. */
  keeps: (key) => key === "resourceType" || key === "id",
  /** Extensions of primitives, which may tell the same. */
  drops: (key) => key.startsWith("_"),
  keepsEmpty: false,
};
