import { unescaped } from "../../base/jsonpointer.ts";

/** A JSON Schema of one object form, whose `allOf` and `$ref` have been followed. */
export type Part = Readonly<Record<string, unknown>>;

/** What must all hold of a value; nothing holds of any where it is false. */
export type Parts = readonly Part[] | false;

/** Keywords that ask for nothing themselves. */
export const SILENT: ReadonlySet<string> = new Set(
  "allOf $ref $schema $id $anchor $comment $defs title description default examples deprecated readOnly writeOnly".split(
    " ",
  ),
);

/** Says that something is asked for, and not what. */
export const UNFOLLOWED: Part = { $dynamicRef: "" };

/** One JSON Schema as a whole, within which its references lead. */
export class Document {
  readonly #root: unknown;
  /** A schema with an `$id` of its own within it resolves references by that: none of ours is followed then. */
  readonly #isPlain: boolean;

  constructor(root: unknown) {
    this.#root = root;
    this.#isPlain = !hasInnerId(root);
  }

  /**
   * What all of `schemas` ask for together. In place of what a reference leads to that cannot be followed stands
   * `UNFOLLOWED`; one that leads back to itself asks for nothing more. `spend` is called for each schema and ends an endless one by throwing.
   */
  parts(schemas: readonly unknown[], spend: () => void): Parts {
    const seen = new Set<Part>();
    const rest = schemas.toReversed();
    while (rest.length > 0) {
      spend();
      const schema = rest.pop();
      if (schema === false) return false;
      if (!isObject(schema) || seen.has(schema)) continue;
      seen.add(schema);
      if (Array.isArray(schema["allOf"])) rest.push(...schema["allOf"].toReversed());
      if (schema["$ref"] !== undefined) rest.push(this.follow(schema["$ref"]) ?? UNFOLLOWED);
    }
    return [...seen].filter((part) => Object.keys(part).some((name) => !SILENT.has(name)));
  }

  /** What `#` or `#/…` leads to; undefined for all else, also for what is no reference. */
  follow(ref: unknown): unknown {
    if (typeof ref !== "string" || !this.#isPlain || !/^#(\/|$)/.test(ref)) return undefined;
    let at: unknown = this.#root;
    for (const step of ref.split("/").slice(1)) {
      const name = unescaped(decoded(step));
      at = isObject(at) || Array.isArray(at) ? own(at as Part, name) : undefined;
    }
    return at;
  }
}

export const isObject = (value: unknown): value is Part =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A member of its own: names of a schema's properties may be those of every object, such as `constructor`. */
export const own = (object: Part, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

function hasInnerId(root: unknown): boolean {
  const rest = isObject(root) ? Object.values(root) : [];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    if (typeof (next as Part)["$id"] === "string") return true;
    for (const part of Object.values(next)) rest.push(part);
  }
  return false;
}
