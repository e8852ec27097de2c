import { asking, type Difference } from "./difference.ts";
import { isObject, own, type Part, type Parts } from "./document.ts";
import { propertiesOf, requiredBy } from "./objects.ts";
import { type JsonType, isAmong, typesIn } from "./types.ts";
import { listed, lists } from "./values.ts";
import type { Meeting, Walk } from "./walk.ts";

export const UNIONS = ["anyOf", "oneOf"] as const;
export type Union = (typeof UNIONS)[number];

export const branchesOf = (part: Part, union: Union): readonly unknown[] | undefined =>
  Array.isArray(part[union]) ? part[union] : undefined;

/**
 * A value must satisfy one of the branches. Types are looked at one by one; where one branch alone comes into question
 * its differences are those of the whole, and where several do it often cannot be told.
 */
export function unionDifferences(
  { writer, reader, certain }: Meeting,
  union: Union,
  types: readonly JsonType[],
  walk: Walk,
): Difference[] {
  const branches = branchesOf(reader, union);
  if (branches === undefined || writer.some((part) => walk.same.of(part[union], branches))) return [];
  return types.flatMap((type) => {
    const one = [...writer, TYPE_PARTS[type]];
    const possible = branches.filter((branch) => !excludes(one, walk.readerParts([branch]), type, walk));
    if (possible.length === 0) return [asking(`${union} (no branch is left for ${type})`, certain)];
    if (possible.length === 1) return walk.met(one, possible, certain);
    const isHeld = union === "anyOf" && possible.some((branch) => walk.met(one, [branch], certain).length === 0);
    return isHeld ? [] : [asking(union, false)];
  });
}

/** The same each time, so that what was compared is known again. */
const TYPE_PARTS: Readonly<Record<JsonType, Part>> = {
  null: { type: "null" },
  boolean: { type: "boolean" },
  integer: { type: "integer" },
  number: { type: "number" },
  string: { type: "string" },
  array: { type: "array" },
  object: { type: "object" },
};

/** Whether no value of `type` can satisfy both, seen by types and by the values of properties that must be there. */
export const excludes = (a: Parts, b: Parts, type: JsonType, walk: Walk): boolean => {
  if (a === false || b === false) return true;
  walk.budget.spend(a.length * b.length);
  return a.some((one) => b.some((other) => areApart(one, other, type)));
};

function areApart(a: Part, b: Part, type: JsonType): boolean {
  if (![a, b].every((part) => isAmong(type, typesIn(part)) || (type === "number" && typesIn(part).includes("integer"))))
    return true;
  if (haveOtherValues(a, b)) return true;
  if (type !== "object") return false;
  return [...requiredBy(a), ...requiredBy(b)].some((name) => {
    const [ofA, ofB] = [own(propertiesOf(a), name), own(propertiesOf(b), name)];
    return isObject(ofA) && isObject(ofB) && haveOtherValues(ofA, ofB);
  });
}

const MAX_VALUES = 100;

const haveOtherValues = (a: Part, b: Part): boolean => {
  const values = listed(a);
  return values !== undefined && values.length <= MAX_VALUES && values.every((value) => lists(b, value) === false);
};
