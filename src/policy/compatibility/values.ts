import { isObject, type Part, type Parts, SILENT } from "./document.ts";
import { integersIn, numberIn } from "./bounds.ts";
import { isAmong, type JsonType, typeOf, typesIn, typesOf } from "./types.ts";

type Answer = "yes" | "no" | "unknown";

const VALUES_OF: Partial<Record<JsonType, readonly unknown[]>> = { null: [null], boolean: [false, true] };

type PartsOf = (schemas: readonly unknown[]) => Parts;

/** All values that `parts` grant, where they are few and named: by `const`, `enum`, or as `null` and booleans. */
export function fewValues(parts: readonly Part[], partsOf: PartsOf): readonly unknown[] | undefined {
  const first = parts.find((part) => listed(part) !== undefined);
  const all = first === undefined ? valuesOf(typesOf(parts)) : listed(first);
  return all?.filter((value) => admitted(parts, value, partsOf) !== "no");
}

/** All values of `types` that `parts` may grant, where they are few: also integers between two bounds. */
export function boundedValues(parts: readonly Part[], types: readonly JsonType[]): readonly unknown[] | undefined {
  const all = types.map((type) => (type === "integer" ? integersIn(parts) : VALUES_OF[type]));
  return all.every((values) => values !== undefined) ? all.flat() : undefined;
}

const valuesOf = (types: readonly JsonType[]): readonly unknown[] | undefined =>
  types.every((type) => VALUES_OF[type] !== undefined) ? types.flatMap((type) => VALUES_OF[type] ?? []) : undefined;

/** The values that a part itself lists: those of `enum`, of which `const` leaves one at most. */
export function listed(part: Part): readonly unknown[] | undefined {
  const values: readonly unknown[] | undefined = Array.isArray(part["enum"]) ? part["enum"] : undefined;
  if (!Object.hasOwn(part, "const")) return values;
  const only = part["const"];
  return values === undefined || values.some((value) => keyOf(value) === keyOf(only)) ? [only] : [];
}

/** Whether all `parts` grant `value`, as far as can be told at a look. */
export function admitted(parts: Parts, value: unknown, partsOf: PartsOf): Answer {
  if (parts === false) return "no";
  return every(parts.map((part) => admits(part, value, partsOf)));
}

function every(answers: readonly Answer[]): Answer {
  if (answers.includes("no")) return "no";
  return answers.includes("unknown") ? "unknown" : "yes";
}

function admits(part: Part, value: unknown, partsOf: PartsOf): Answer {
  if (!isAmong(typeOf(value), typesIn(part)) || lists(part, value) === false) return "no";
  if (typeof value === "number" && !isWithin(part, value)) return "no";
  if (typeof value === "string" && !isAsLong(part, [...value].length)) return "no";
  const isAllLookedAt = Object.keys(part).every((name) => SILENT.has(name) || LOOKED_AT.has(name));
  return every([isAllLookedAt ? "yes" : "unknown", ...unionAnswers(part, value, partsOf)]);
}

function unionAnswers({ anyOf, oneOf }: Part, value: unknown, partsOf: PartsOf): Answer[] {
  const answers = (branches: unknown): Answer[] =>
    Array.isArray(branches) ? branches.map((branch) => admitted(partsOf([branch]), value, partsOf)) : ["yes"];
  return [atLeastOne(answers(anyOf)), exactlyOne(answers(oneOf))];
}

function atLeastOne(answers: readonly Answer[]): Answer {
  if (answers.includes("yes")) return "yes";
  return answers.includes("unknown") ? "unknown" : "no";
}

function exactlyOne(answers: readonly Answer[]): Answer {
  const granting = answers.filter((answer) => answer === "yes").length;
  if (granting > 1) return "no";
  return answers.includes("unknown") ? "unknown" : granting === 1 ? "yes" : "no";
}

const LOOKED_AT = new Set(["type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"]);
for (const name of ["multipleOf", "minLength", "maxLength", "anyOf", "oneOf"]) LOOKED_AT.add(name);

const isWithin = (part: Part, value: number): boolean =>
  value >= numberIn(part, "minimum", -Infinity) &&
  value <= numberIn(part, "maximum", Infinity) &&
  value > numberIn(part, "exclusiveMinimum", -Infinity) &&
  value < numberIn(part, "exclusiveMaximum", Infinity) &&
  (part["multipleOf"] === undefined || Number.isInteger(value / numberIn(part, "multipleOf", 1)));

const isAsLong = (part: Part, length: number): boolean =>
  length >= numberIn(part, "minLength", 0) && length <= numberIn(part, "maxLength", Infinity);

const keys = new WeakMap<Part, ReadonlySet<string>>();

/** Whether `value` is one of those that `part` lists; undefined where it lists none. */
export function lists(part: Part, value: unknown): boolean | undefined {
  const values = listed(part);
  if (values === undefined) return undefined;
  const known = keys.get(part) ?? new Set(values.map(keyOf));
  keys.set(part, known);
  return known.has(keyOf(value));
}

/** One text for what JSON Schema takes for equal: the order of members does not count. */
const keyOf = (value: unknown): string =>
  typeof value === "object" ? JSON.stringify(value, ordered) : JSON.stringify(value);

const ordered = (_name: string, part: unknown): unknown =>
  isObject(part) ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1))) : part;

const MAX_SHOWN = 3;
const MAX_LENGTH = 40;

/** Some of the values that a schema lists, as JSON, cut short. */
export function shownValues(values: readonly unknown[]): string {
  if (values.length === 0) return "what no value is";
  const shown = values.slice(0, MAX_SHOWN).map((value) => {
    const text = JSON.stringify(value);
    return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  });
  return shown.join(", ") + (values.length > MAX_SHOWN ? ", …" : "");
}
