import { FasciaError } from "../../base/errors.ts";

/**
 * A FHIR element of a payload that nobody has validated, read with its path at hand: an element of another JSON type
 * than the caller expects is FasciaError `FhirInvalid` naming the path, never a TypeError somewhere behind. Messages
 * hold element names of ours and positions only.
 */
export class FhirNode {
  readonly path: string;
  readonly #value: Readonly<Record<string, unknown>>;

  private constructor(value: Readonly<Record<string, unknown>>, path: string) {
    this.#value = value;
    this.path = path;
  }

  /** Throws unless `value` is a JSON object. */
  static of(value: unknown, path: string): FhirNode {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrongType(path, "an object");
    return new FhirNode(value as Record<string, unknown>, path);
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
    return value === undefined || value === null ? undefined : FhirNode.of(value, `${this.path}.${name}`);
  }

  list(name: string): FhirNode[] {
    return this.#array(name).map((item, index) => FhirNode.of(item, `${this.path}.${name}[${index}]`));
  }

  /** Strings of a repeating primitive; null stands where only an extension is, and is left out. */
  texts(name: string): string[] {
    return this.#array(name).flatMap((item, index) => {
      if (item === null) return [];
      if (typeof item !== "string") throw wrongType(`${this.path}.${name}[${index}]`, "a string");
      return [item];
    });
  }

  /** The extension with this url, of the element itself. */
  extension(url: string): FhirNode | undefined {
    return this.list("extension").find((extension) => extension.text("url") === url);
  }

  #array(name: string): unknown[] {
    const value = this.#value[name];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) throw wrongType(`${this.path}.${name}`, "an array");
    return value;
  }
}

function wrongType(path: string, expected: string): FasciaError {
  return new FasciaError("FhirInvalid", `${path}: must be ${expected}`);
}
