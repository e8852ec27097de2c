import { unescaped } from "../base/jsonpointer.ts";

/** Number of values within `value`, counted up to a little more than `limit`. */
export function sizeOf(value: unknown, limit: number): number {
  let size = 0;
  const rest: unknown[] = [value];
  while (rest.length > 0 && size <= limit) {
    const next = rest.pop();
    size++;
    if (typeof next === "object" && next !== null) for (const part of Object.values(next)) rest.push(part);
  }
  return size;
}

/** Every name of a property that `schema` declares anywhere. Other names in a payload are the payload's own. */
export function declaredNames(schema: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const rest: unknown[] = [schema];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    const { properties } = next as { properties?: unknown };
    if (typeof properties === "object" && properties !== null)
      Object.keys(properties).forEach((name) => names.add(name));
    for (const part of Object.values(next)) rest.push(part);
  }
  return names;
}

/**
 * `path`, a JSON Pointer into `payload`, with `*` in place of every name that the schema does not declare: keys of a map
 * may be names or numbers of people.
 */
export function safePath(path: string, payload: unknown, names: ReadonlySet<string>): string {
  let at: unknown = payload;
  return path
    .split("/")
    .slice(1)
    .map((part) => {
      const name = unescaped(part);
      const isIndex = Array.isArray(at);
      at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[name] : undefined;
      return `/${isIndex || names.has(name) ? part : "*"}`;
    })
    .join("");
}

/** JSON Pointer of the first place where `schema` has `text` as a key or as a value. */
export function pointerTo(schema: unknown, text: string, at = ""): string | undefined {
  if (schema === text) return at;
  if (typeof schema !== "object" || schema === null || at.length > 1000) return undefined;
  for (const [key, value] of Object.entries(schema)) {
    const place = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const found = key === text ? place : pointerTo(value, text, place);
    if (found !== undefined) return found;
  }
  return undefined;
}
