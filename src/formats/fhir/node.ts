import { FasciaError } from "../../base/errors.ts";

/**
 * A FHIR element of a payload that nobody has validated, read with its path at hand: an element of another JSON type
 * than the caller expects is FasciaError `FhirInvalid` naming the path, never a TypeError somewhere behind. Messages
 * hold element names of ours and positions only.
 */
export class FhirNode {
  readonly #value: Readonly<Record<string, unknown>>;
  /** What it is called within `#parent`, or from the top. */
  readonly #name: string;
  readonly #parent: FhirNode | undefined;
  /** Where it stands in a list of that name. */
  readonly #index: number | undefined;

  private constructor(value: unknown, name: string, parent?: FhirNode, index?: number) {
    this.#name = name;
    this.#parent = parent;
    this.#index = index;
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(this.path, "an object");
    this.#value = value as Record<string, unknown>;
  }

  /** Throws unless `value` is a JSON object. */
  static of(value: unknown, path: string): FhirNode {
    return new FhirNode(value, path);
  }

  /** Only errors need it, so it is put together when it is asked for. */
  get path(): string {
    const name = this.#index === undefined ? this.#name : `${this.#name}[${this.#index}]`;
    return this.#parent ? `${this.#parent.path}.${name}` : name;
  }

  /** A primitive string, trimmed of nothing; undefined where absent, null or empty. */
  text(name: string): string | undefined {
    const value = this.#value[name];
    if (value === undefined || value === null || value === "") return undefined;
    if (typeof value !== "string") throw wrongType(`${this.path}.${name}`, "a string");
    return value;
  }

  number(name: string): number | undefined {
    const value = this.#value[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "number") throw wrongType(`${this.path}.${name}`, "a number");
    return value;
  }

  boolean(name: string): boolean | undefined {
    const value = this.#value[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "boolean") throw wrongType(`${this.path}.${name}`, "a boolean");
    return value;
  }

  child(name: string): FhirNode | undefined {
    const value = this.#value[name];
    return value === undefined || value === null ? undefined : new FhirNode(value, name, this);
  }

  list(name: string): FhirNode[] {
    return this.#array(name).map((item, index) => new FhirNode(item, name, this, index));
  }

  /** Strings of a repeating primitive; null stands where only an extension is, and is left out. */
  texts(name: string): string[] {
    const texts: string[] = [];
    for (const [index, item] of this.#array(name).entries()) {
      if (item === null) continue;
      if (typeof item !== "string") throw wrongType(`${this.path}.${name}[${index}]`, "a string");
      texts.push(item);
    }
    return texts;
  }

  /** The extension with this url, of the element itself. */
  extension(url: string): FhirNode | undefined {
    return this.list("extension").find((extension) => extension.text("url") === url);
  }

  #array(name: string): readonly unknown[] {
    const value = this.#value[name];
    if (value === undefined || value === null) return NONE;
    if (!Array.isArray(value)) throw wrongType(`${this.path}.${name}`, "an array");
    return value;
  }
}

const NONE: readonly unknown[] = [];

function wrongType(path: string, expected: string): FasciaError {
  return new FasciaError("FhirInvalid", `${path}: must be ${expected}`);
}
