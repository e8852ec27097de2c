import type { Ajv2020 } from "ajv/dist/2020.js";
import formats from "ajv-formats";

/** The formats of JSON Schema 2020-12 (validation vocabulary, section 7.3) that can be checked without a dictionary. */
const FORMATS = [
  "date",
  "time",
  "date-time",
  "duration",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uri",
  "uri-reference",
  "uri-template",
  "uuid",
  "json-pointer",
  "relative-json-pointer",
  "regex",
] as const;

/** Longer texts are of none of these formats: their checks backtrack, and this keeps them short. */
const MAX_LENGTH = 2_048;

/** Makes `format` a rule that is checked. Formats beyond the list stay unknown, which a strict compiler refuses. */
export function installFormats(ajv: Ajv2020): void {
  for (const name of FORMATS) {
    const test = testOf(formats.default.get(name));
    ajv.addFormat(name, { type: "string", validate: (text: string) => text.length <= MAX_LENGTH && test(text) });
  }
}

function testOf(format: ReturnType<typeof formats.default.get>): (text: string) => boolean {
  if (format instanceof RegExp) return (text) => format.test(text);
  if (typeof format === "function") return format as (text: string) => boolean;
  if (typeof format === "object" && typeof format.validate === "function")
    return format.validate as (text: string) => boolean;
  throw new TypeError("a format of ajv-formats has an unknown shape");
}
