import type { Part } from "./document.ts";

export function numberIn(part: Part, name: string, otherwise: number): number {
  const value = part[name];
  return typeof value === "number" ? value : otherwise;
}

/** The least that `part` grants of numbers, or of integers alone; -Infinity: no bound. */
export function lowest(part: Part, isInteger: boolean): number {
  const [bound, outside] = [numberIn(part, "minimum", -Infinity), numberIn(part, "exclusiveMinimum", -Infinity)];
  return isInteger ? Math.max(Math.ceil(bound), Math.floor(outside) + 1) : Math.max(bound, outside);
}

/** The most; Infinity: no bound. */
export function highest(part: Part, isInteger: boolean): number {
  const [bound, outside] = [numberIn(part, "maximum", Infinity), numberIn(part, "exclusiveMaximum", Infinity)];
  return isInteger ? Math.min(Math.floor(bound), Math.ceil(outside) - 1) : Math.min(bound, outside);
}

const MAX_INTEGERS = 100;

/** The integers between the bounds of all `parts`, where they are few. */
export function integersIn(parts: readonly Part[]): readonly number[] | undefined {
  const from = Math.max(...parts.map((part) => lowest(part, true)));
  const to = Math.min(...parts.map((part) => highest(part, true)));
  if (!(to - from < MAX_INTEGERS)) return undefined;
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
}
