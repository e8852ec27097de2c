import type { Part, Parts } from "./document.ts";

export type JsonType = "null" | "boolean" | "integer" | "number" | "string" | "array" | "object";

const ALL: readonly JsonType[] = ["null", "boolean", "number", "string", "array", "object"];

/** The types that a value of all `parts` may have, `integer` only where `number` is not among them. */
export function typesOf(parts: Parts): JsonType[] {
  if (parts === false) return [];
  const types = parts.reduce<JsonType[]>((types, part) => common(types, typesIn(part)), [...ALL]);
  // A multiple of 1 is an integer, whatever it is called.
  const isWhole = parts.some(({ multipleOf }) => Number.isInteger(multipleOf));
  return isWhole ? types.map((type) => (type === "number" ? "integer" : type)) : types;
}

/** What `part` itself says. */
export function typesIn({ type }: Part): readonly JsonType[] {
  if (typeof type === "string") return [type as JsonType];
  return Array.isArray(type) ? (type as JsonType[]) : ALL;
}

function common(a: readonly JsonType[], b: readonly JsonType[]): JsonType[] {
  const both = a.filter((type) => isAmong(type, b));
  return !both.includes("number") && !both.includes("integer") && a.includes("number") && b.includes("integer")
    ? [...both, "integer"]
    : both;
}

/** Every integer is a number. */
export const isAmong = (type: JsonType, types: readonly JsonType[]): boolean =>
  types.includes(type) || (type === "integer" && types.includes("number"));

export function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value as "boolean" | "string" | "object";
}
