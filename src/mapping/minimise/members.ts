import { FasciaError } from "../../base/errors.ts";
import { setMember } from "../copy.ts";

/** In place of an element that is taken away. */
export const GONE = Symbol("gone");

export type Members = Record<string, unknown>;

/** Deeper nesting than this is no health record but an attempt to exhaust the stack. */
const MAX_DEPTH = 500;

export function checkDepth(depth: number): void {
  if (depth > MAX_DEPTH) throw new FasciaError("PayloadTooDeep", `the payload nests deeper than ${MAX_DEPTH} levels`);
}

export const isMembers = (value: unknown): value is Members =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/**
 * `object` with each member as `change` makes it, without those that are GONE; the same object where nothing changed.
 */
export function mapMembers(object: Members, change: (key: string, value: unknown) => unknown): Members {
  let copy: Members | undefined;
  for (const key in object) {
    const value = object[key];
    const made = change(key, value);
    if (copy === undefined && made !== value) copy = membersBefore(object, key);
    if (copy !== undefined && made !== GONE) setMember(copy, key, made);
  }
  return copy ?? object;
}

/** The members of `object` before the one of that name. */
export function membersBefore(object: Members, name: string): Members {
  const copy: Members = {};
  for (const key in object) {
    if (key === name) break;
    setMember(copy, key, object[key]);
  }
  return copy;
}

/** `list` with each item as `change` makes it, without those that are GONE; the same list where nothing changed. */
export function mapItems(list: unknown[], change: (item: unknown) => unknown): unknown[] {
  let copy: unknown[] | undefined;
  for (const [index, item] of list.entries()) {
    const made = change(item);
    if (copy === undefined && made !== item) copy = list.slice(0, index);
    if (copy !== undefined && made !== GONE) copy.push(made);
  }
  return copy ?? list;
}
