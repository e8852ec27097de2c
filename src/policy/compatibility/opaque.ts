import { asking, type Difference } from "./difference.ts";
import type { Part } from "./document.ts";
import type { JsonType } from "./types.ts";
import type { Meeting, Walk } from "./walk.ts";

/** Keywords that are not looked into, those together that say one thing, and the type of which they speak. */
const OPAQUE: readonly { type?: JsonType; names: readonly [string, ...string[]] }[] = [
  { names: ["not"] },
  { names: ["if", "then", "else"] },
  { names: ["$dynamicRef"] },
  { type: "object", names: ["dependentRequired"] },
  { type: "object", names: ["dependentSchemas"] },
  { type: "object", names: ["propertyNames"] },
  { type: "object", names: ["patternProperties"] },
  { type: "object", names: ["unevaluatedProperties"] },
  { type: "array", names: ["contains", "minContains", "maxContains"] },
  { type: "array", names: ["unevaluatedItems"] },
];

/** What they mean depends on what stands beside them. */
const UNEVALUATED = new Set(["unevaluatedProperties", "unevaluatedItems", "$dynamicRef"]);

/** Whether the part grants less than what is looked at tells. */
export const isNarrowed = (part: Part): boolean => OPAQUE.some(({ names: [name] }) => part[name] !== undefined);

/** Where they stand in both schemas alike, they ask for nothing that is not granted. */
export function opaqueDifferences(
  { writer, reader }: Meeting,
  types: readonly JsonType[],
  { same }: Walk,
): Difference[] {
  const present = OPAQUE.filter(
    ({ type, names: [name] }) => reader[name] !== undefined && (type === undefined || types.includes(type)),
  );
  return present
    .filter(({ names }) => {
      const isGranted = UNEVALUATED.has(names[0])
        ? (part: Part) => names[0] !== "$dynamicRef" && same.of(part, reader)
        : (part: Part) => names.every((name) => same.of(part[name], reader[name]));
      return !writer.some(isGranted);
    })
    .map(({ names: [name] }) => asking(name === "$dynamicRef" ? "a reference" : name, false));
}
