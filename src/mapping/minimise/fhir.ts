import { checkDepth, GONE, isMembers, mapItems, mapMembers, type Members } from "./members.ts";
import type { Plan, Rule } from "./plan.ts";
import { NO_SCOPE, type Scope, scopeOf, targetTypes, typeOf } from "./references.ts";
import type { Report } from "./report.ts";

/** Data types that `value[x]` elements end in (http://hl7.org/fhir/R4/datatypes.html#open). */
const CHOICE =
  /^(?:Base64Binary|Boolean|Canonical|Code|Date|DateTime|Decimal|Id|Instant|Integer|Markdown|Oid|PositiveInt|String|Time|UnsignedInt|Uri|Url|Uuid|Address|Age|Annotation|Attachment|CodeableConcept|Coding|ContactPoint|Count|Distance|Duration|HumanName|Identifier|Money|Period|Quantity|Range|Ratio|Reference|SampledData|Signature|Timing|ContactDetail|Contributor|DataRequirement|Expression|ParameterDefinition|RelatedArtifact|TriggerDefinition|UsageContext|Dosage|Meta)$/;

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
    if (Array.isArray(value)) {
      const items = mapItems(value, (item) => this.value(item, rule, path, scope, depth + 1));
      return items !== value && items.length === 0 ? GONE : items;
    }
    const object = value as Members;
    const type = typeOf(object);
    return type === undefined
      ? this.#element(object, rule, path, scope, depth)
      : this.#resource(object, type, rule, scope, depth);
  }

  #resource(resource: Members, type: string, outer: Rule | undefined, scope: Scope, depth: number): unknown {
    const rule = merged(this.#plan.get(type), outer);
    if (rule?.remove) return this.#report.remove(type);
    if (rule?.tokenise) return this.#report.tokenise(resource, rule, type, isIdentity, isElementOfPrimitive);
    const made = this.#members(resource, rule, type, scopeOf(resource, scope), depth);
    const lostTargets = type === "Provenance" && "target" in resource && !("target" in made);
    return lostTargets ? this.#report.remove(type) : made;
  }

  #element(object: Members, rule: Rule | undefined, path: string, scope: Scope, depth: number): unknown {
    const types = targetTypes(object, scope);
    if (types.some((type) => this.#plan.get(type)?.remove)) return this.#report.remove(path);
    const reference = types.some((type) => this.#plan.has(type)) ? this.#bareReference(object, path) : object;
    const made = this.#members(this.#withoutSearch(reference, path), rule, path, scope, depth);
    const lostResource = "resource" in object && !("resource" in made);
    return made !== object && (lostResource || Object.keys(made).length === 0) ? GONE : made;
  }

  #members(object: Members, rule: Rule | undefined, path: string, scope: Scope, depth: number): Members {
    return mapMembers(object, (key, member) => {
      const place = `${path}.${key}`;
      if (key === "text" && isMembers(member) && "div" in member) return this.#report.remove(place);
      const within = rule && ruleFor(rule, key);
      if (within?.remove) return this.#report.remove(place);
      if (!within?.tokenise) return this.value(member, within, place, scope, depth + 1);
      if (key.startsWith("_")) return this.#report.remove(place);
      return this.#report.tokenise(member, within, place, isIdentity, isElementOfPrimitive);
    });
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
    const searches = (key: string, member: unknown) =>
      (key === "url" && typeof member === "string" && member.includes("?") && "relation" in object) ||
      (key === "request" && isMembers(member) && ("ifNoneExist" in member || String(member["url"]).includes("?")));
    return mapMembers(object, (key, member) =>
      searches(key, member) ? this.#report.remove(`${path}.${key}`) : member,
    );
  }
}

/** Rules by name also cover `_name`, where FHIR keeps extensions of primitives, and `name[x]` with its type. */
function ruleFor({ within }: Rule, key: string): Rule | undefined {
  const name = key.startsWith("_") ? key.slice(1) : key;
  const exact = within.get(name);
  if (exact !== undefined || within.size === 0) return exact;
  for (const [element, rule] of within) {
    if (name.startsWith(element) && CHOICE.test(name.slice(element.length))) return rule;
  }
  return undefined;
}

/** A resource is subject to the rules of its type and of the place where it stands. */
function merged(own: Rule | undefined, outer: Rule | undefined): Rule | undefined {
  if (own === undefined || outer === undefined) return own ?? outer;
  const within = new Map(outer.within);
  for (const [name, rule] of own.within) within.set(name, merged(rule, within.get(name)) ?? rule);
  return { remove: own.remove || outer.remove, tokenise: own.tokenise || outer.tokenise, within };
}

/** Kept where a resource is tokenised whole: what it is, and where References find it. */
const isIdentity = (key: string): boolean => key === "resourceType" || key === "id";

const isElementOfPrimitive = (key: string): boolean => key.startsWith("_");
