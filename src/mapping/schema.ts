import type { Options, ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { FasciaError } from "../base/errors.ts";
import { onlyOnce } from "../base/onlyonce.ts";
import { installFormats } from "./formats.ts";
import { patternTest } from "./regex/engine.ts";
import { declaredNames, pointerTo, sizeOf } from "./schemapath.ts";
import { type Violation, describe } from "./violation.ts";

/** A schema that says more than this is generated or hostile, and would take long to compile. */
const MAX_NODES = 20_000;

/** Looks of the clock in one test, 256 characters apart: patterns stop on texts of about half a megabyte. */
const MAX_LOOKS = 2_000;

type RegExpEngine = NonNullable<NonNullable<Options["code"]>["regExp"]>;

/** Undefined for a payload that satisfies the schema, otherwise what it breaks and where. */
export type FindViolation = (payload: unknown) => Violation | undefined;

/**
 * Compiles a JSON Schema (2020-12) once, strictly: unknown keywords and formats are refused, nothing is ever fetched,
 * patterns run in bounded time. `name` says in errors which schema it is, `resources` which resource types a FHIR
 * contract has. Throws FasciaError `SchemaInvalid`.
 */
export function compileSchema(
  schema: Record<string, unknown>,
  name: string,
  resources: readonly string[] = [],
): FindViolation {
  if (sizeOf(schema, MAX_NODES) > MAX_NODES) throw invalid(name, `it has more than ${MAX_NODES} parts`);
  const validate = compile(schema, name);
  const names = declaredNames(schema);
  return (payload) => {
    try {
      if (validate(payload)) return undefined;
      const [error] = validate.errors ?? [];
      return error ? describe(error, payload, names, resources) : { text: "it is not valid" };
    } catch (error) {
      if (error instanceof RangeError) return { text: "it nests too deep, or the schema refers to itself without end" };
      if (error instanceof TooLong) return { text: "a text is too long for its pattern" };
      throw error;
    }
  };
}

class TooLong extends Error {}

function compile(schema: Record<string, unknown>, name: string): ValidateFunction {
  try {
    void metaschemas().validateSchema(schema, true);
    const validate = ajvOf({ validateSchema: false }).compile(schema);
    if ("$async" in validate) throw new Error("$async is not available");
    return validate;
  } catch (error) {
    throw invalid(name, whyNot(error, schema));
  }
}

/** Checks whether a schema is one, and keeps none. Compiling the metaschemas for each takes ten times as long as itself. */
const metaschemas = onlyOnce(() => ajvOf({ validateSchema: true }));

/** One for each schema: names within one are nobody else's. */
function ajvOf({ validateSchema }: { validateSchema: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    strict: true,
    strictTypes: false,
    strictTuples: false,
    strictRequired: false,
    ownProperties: true,
    unicodeRegExp: false,
    logger: false,
    validateSchema,
    code: { regExp: boundedPatterns() },
  });
  installFormats(ajv);
  return ajv;
}

/** Patterns without the `u` flag, run by the engine that cannot take forever. */
function boundedPatterns(): RegExpEngine {
  const engine = (pattern: string) => {
    if (/\\[pPu]\{/.test(pattern)) throw new Error(`pattern "${pattern}" has \\p or \\u{}, which are not available`);
    let looks = 0;
    const check = () => {
      if (++looks > MAX_LOOKS) throw new TooLong("pattern");
    };
    const test = testOf(pattern, check);
    return {
      test: (text: string) => {
        looks = 0;
        return test(text);
      },
      // Ajv takes patterns of one text for the same.
      toString: () => pattern,
    };
  };
  return Object.assign(engine, { code: "boundedPattern" });
}

function testOf(pattern: string, check: () => void): (text: string) => boolean {
  try {
    return patternTest(pattern, check);
  } catch (error) {
    const why = error instanceof FasciaError ? error.message : "it is no regular expression";
    throw new Error(`pattern "${pattern}": ${why}`, { cause: error });
  }
}

/** Errors of compiling quote the schema, which is configuration; the first thing they quote is looked up in it. */
function whyNot(error: unknown, schema: Record<string, unknown>): string {
  if (error instanceof RangeError) return "it nests too deep";
  const message = error instanceof Error ? error.message.slice(0, 300) : "it cannot be compiled";
  const quoted = /"([^"]+)"|reference (\S+)/.exec(message);
  const pointer = quoted === null ? undefined : pointerTo(schema, quoted[1] ?? quoted[2] ?? "");
  return pointer === undefined ? message : `at ${pointer}: ${message}`;
}

const invalid = (name: string, why: string): FasciaError =>
  new FasciaError("SchemaInvalid", `${name} is not usable: ${why}`);
