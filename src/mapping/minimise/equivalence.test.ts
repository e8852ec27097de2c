import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ContractVersionSpec, Generalisation } from "../../api/contractversion.ts";
import { LEVELS, type Level } from "../../api/meta.ts";
import { minimise } from "../minimise.ts";
import { generalised } from "./generalise.ts";
import { fhir, substitutes, token } from "./testkit.ts";

/** What is to be seen, spelt out: every rule asked at every place, with nothing remembered and nothing left out. */
type Json = Record<string, unknown>;
type Found = { remove: boolean; tokenise: boolean; generalise: Generalisation[]; below: Found[]; name: string };
type Place = { rules: Found[]; urns: Json; ids: Json };
const GONE = undefined;

const isObject = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const typeOf = (value: unknown) =>
  isObject(value) && typeof value["resourceType"] === "string" ? value["resourceType"] : undefined;

function spelledOut(payload: unknown, contract: ContractVersionSpec, clearance: Level): unknown {
  const roots: Found[] = [];
  for (const { path, level, minimise: how, generaliseTo } of contract.sensitivity ?? []) {
    if (LEVELS.indexOf(level) <= LEVELS.indexOf(clearance)) continue;
    let below = roots;
    let last: Found | undefined;
    for (const name of path.split(".")) {
      last = below.find((one) => one.name === name);
      if (!last) below.push((last = { name, remove: false, tokenise: false, generalise: [], below: [] }));
      below = last.below;
    }
    if (generaliseTo !== undefined) last?.generalise.push(generaliseTo);
    else if (last) last[how === "Tokenise" ? "tokenise" : "remove"] = true;
  }
  if (roots.length === 0) return payload;
  const ofType = (type: string | undefined) => roots.filter((one) => one.name === type);
  const seen = walk(payload, { rules: [], urns: {}, ids: {} });
  return seen === GONE ? { resourceType: typeOf(payload) } : seen;

  function walk(value: unknown, place: Place): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => walk(item, place)).filter((item) => item !== GONE);
      return items.length === 0 && value.length > 0 ? GONE : items;
    }
    if (!isObject(value)) return value;
    return typeOf(value) === undefined ? element(value, place) : resource(value, place);
  }

  function resource(value: Json, place: Place): unknown {
    const rules = [...place.rules, ...ofType(typeOf(value))];
    if (isRemoved(rules)) return GONE;
    const how = howOf(rules);
    if (how !== undefined) return replaced(value, how, rules);
    const made = members(value, { rules, ...scope(value, place) });
    return typeOf(value) === "Provenance" && "target" in value && !("target" in made) ? GONE : made;
  }

  function scope(value: Json, { urns, ids }: Place): Omit<Place, "rules"> {
    const entries = Array.isArray(value["entry"]) ? value["entry"].filter(isObject) : [];
    const contained = value["contained"];
    const found = entries.map((one) => [one["fullUrl"], typeOf(one["resource"])]).filter(([, type]) => type);
    const held = Array.isArray(contained)
      ? Object.fromEntries(contained.filter(isObject).map((one) => [`#${String(one["id"])}`, typeOf(one)]))
      : ids;
    return { urns: { ...urns, ...(Object.fromEntries(found) as Json) }, ids: held };
  }

  function element(value: Json, place: Place): unknown {
    const to = targets(value, place).flatMap(ofType);
    if (to.some((one) => isRemoved([one]))) return GONE;
    const told = Object.entries(value).filter(([key, member]) => {
      if (to.length === 0) return !isSearch(key, member, value);
      return key === "type" || (key === "reference" && !String(member).includes("?"));
    });
    const made = members(Object.fromEntries(told), place);
    const changed = JSON.stringify(made) !== JSON.stringify(value);
    const lostResource = "resource" in value && !("resource" in made);
    return changed && (lostResource || Object.keys(made).length === 0) ? GONE : made;
  }

  function targets({ reference, type, ...rest }: Json, { urns, ids }: Place): string[] {
    const named = typeof type === "string" ? [type] : [];
    if (typeof reference !== "string") return "identifier" in rest || "display" in rest ? named : [];
    const byUrl = /(?:^|\/)([A-Z][A-Za-z]+)(?:\/[A-Za-z0-9.-]{1,64}(?:\/_history\/[^/]*)?$|\?)/.exec(reference)?.[1];
    const at = urns[reference] ?? ids[reference] ?? byUrl;
    return typeof at === "string" ? [at, ...named] : named;
  }

  function isSearch(key: string, member: unknown, of: Json): boolean {
    const searches = (url: unknown) => (typeof url === "string" ? url.includes("?") : (url ?? null) !== null);
    if (key === "url") return searches(member) && "relation" in of;
    return key === "request" && isObject(member) && ("ifNoneExist" in member || searches(member["url"]));
  }

  function members(value: Json, place: Place): Json {
    const made: Json = {};
    for (const [key, member] of Object.entries(value)) {
      const rules = under(place.rules, key.replace(/^_/, ""));
      const isNarrative = key === "text" && isObject(member) && "div" in member;
      if (isNarrative || isRemoved(rules)) continue;
      const how = howOf(rules);
      if (how !== undefined && key.startsWith("_")) continue;
      const seenOf = how === undefined ? walk(member, { ...place, rules }) : replaced(member, how, rules);
      if (seenOf !== GONE) made[key] = seenOf;
    }
    return made;
  }

  function under(rules: Found[], name: string): Found[] {
    const all = rules.flatMap((one) => one.below);
    const exact = all.filter((one) => one.name === name);
    if (exact.length > 0) return exact;
    const choice = all.find((one) => name === `${one.name}String` || name === `${one.name}Quantity`);
    return all.filter((one) => one.name === choice?.name);
  }

  /** Two generalisations of one element are none. */
  function isRemoved(rules: Found[]): boolean {
    return rules.some((one) => one.remove) || new Set(rules.flatMap((one) => one.generalise)).size > 1;
  }

  function howOf(rules: Found[]): "Token" | Generalisation | undefined {
    return rules.some((one) => one.tokenise) ? "Token" : rules.flatMap((one) => one.generalise)[0];
  }

  function replaced(value: unknown, how: "Token" | Generalisation, rules: Found[]): unknown {
    if (Array.isArray(value)) {
      const items = value.map((item) => replaced(item, how, rules)).filter((item) => item !== GONE);
      return items.length === 0 && value.length > 0 ? GONE : items;
    }
    if (!isObject(value)) {
      if (value === null) return null;
      return how === "Token" ? token(String(value)) : generalised(value, how, substitutes.at);
    }
    const kept = Object.entries(value).filter(([key]) => !key.startsWith("_") && !within(rules, key).remove);
    const made = kept.map(([key, member]) => {
      const inner = within(rules, key).rules;
      if (key === "resourceType" || key === "id") return [key, member];
      return [key, replaced(member, how === "Token" ? how : (howOf(inner) ?? how), inner)];
    });
    const left = made.filter(([, member]) => member !== GONE);
    return left.length === 0 && Object.keys(value).length > 0 ? GONE : Object.fromEntries(left);
  }

  function within(all: Found[], key: string): { remove: boolean; rules: Found[] } {
    const rules = all.flatMap((one) => one.below).filter((one) => one.name === key);
    return { remove: isRemoved(rules), rules };
  }
}

const TYPES = ["Patient", "Encounter", "Provenance", "Basic"];
const NAMES = ["name", "value", "text", "target", "type", "contained", "subject"];
const ADDRESSES = [
  "urn:uuid:0",
  "urn:uuid:1",
  "Patient/1",
  "https://a/Basic/2/_history/1",
  "Patient?name=x",
  "#c",
  "x",
];

const type = fc.constantFrom(...TYPES);
const leaf = fc.oneof(
  fc.constantFrom("a", "bc", "1980-01-01", "10001", "Patient", ...ADDRESSES),
  fc.boolean(),
  fc.constant(null),
  fc.nat(99),
);
const key = fc.constantFrom(...NAMES, "_name", "valueString", "_valueQuantity", "div", "identifier", "display", "url");
const tree = fc.letrec<{ value: unknown; element: object; resource: object }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    leaf,
    tie("element"),
    tie("resource"),
    fc.array(tie("value"), { maxLength: 3 }),
  ),
  element: fc.oneof(
    fc.dictionary(key, tie("value"), { maxKeys: 4 }),
    fc.record(
      { reference: fc.constantFrom(...ADDRESSES), type, display: leaf, identifier: tie("value") },
      { requiredKeys: [] },
    ),
    fc.record({ url: fc.constantFrom(...ADDRESSES), relation: leaf, ifNoneExist: leaf }, { requiredKeys: [] }),
    fc.record({ request: tie("element"), resource: tie("resource") }, { requiredKeys: [] }),
  ),
  resource: fc
    .tuple(
      type,
      fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      fc.option(fc.array(tie("resource"), { maxLength: 2 })),
    )
    .map(([resourceType, rest, contained]) => ({ resourceType, id: "c", ...rest, ...(contained && { contained }) })),
}));
const bundle = fc.array(fc.tuple(tree.resource, tree.element), { maxLength: 4 }).map((entries) => ({
  resourceType: "Bundle",
  entry: entries.map(([resource, rest], index) => ({ fullUrl: `urn:uuid:${index}`, resource, ...rest })),
}));
const rule = fc.record({
  path: fc
    .tuple(type, fc.array(fc.constantFrom(...NAMES), { maxLength: 3 }))
    .map(([first, rest]) => [first, ...rest].join(".")),
  level: fc.constantFrom(...LEVELS),
  how: fc.constantFrom(
    { minimise: "Remove" as const },
    { minimise: "Tokenise" as const },
    { minimise: "Generalise" as const, generaliseTo: "Year" as const },
    { minimise: "Generalise" as const, generaliseTo: "Zip3" as const },
  ),
});

describe("whatever stands in a Bundle", () => {
  it("what is seen of it is what the rules say, asked one by one at every place", () => {
    fc.assert(
      fc.property(
        fc.oneof(bundle, tree.value),
        fc.array(rule, { maxLength: 6 }),
        fc.constantFrom(...LEVELS),
        (generated, rules, clearance) => {
          const payload = JSON.parse(JSON.stringify(generated)) as unknown;
          const contract = fhir(...rules.map(({ how, ...rest }) => ({ ...rest, ...how })));
          const before = JSON.stringify(payload);
          const made = minimise(payload, contract, clearance, substitutes).payload;
          expect(made).toEqual(spelledOut(payload, contract, clearance));
          expect(JSON.stringify(payload)).toBe(before);
        },
      ),
      { numRuns: 1_500 },
    );
  });
});
