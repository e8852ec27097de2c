import { FasciaError } from "../base/errors.ts";
import { BuiltinRefusal } from "./builtins.ts";

/** An evaluation that used up its time. */
export class OutOfTime extends Error {}

export interface EvaluationCaps {
  /** Processor time that the evaluation itself may take, milliseconds. */
  ms: number;
  /** How deep its steps may nest. */
  depth: number;
}

/**
 * What a JSONata error code means, in our own words: the library's messages quote values. The codes are documented at
 * https://github.com/jsonata-js/jsonata (errorCodes in src/jsonata.js).
 */
const MEANINGS: Record<string, string> = {
  D1002: "a minus sign stands before something that is no number",
  D1009: "two keys of an object are the same",
  D2015: "a list is too long",
  D3010: "$replace was told to replace an empty text",
  D3030: "a text could not be read as a number",
  D3060: "the square root of a negative number was asked for",
  D3070: "$sort without a function takes texts or numbers only",
  D3110: "a text could not be read as a time: it is not ISO 8601",
  D3136: "a time picture lacks parts that are needed",
  D3137: "$error was called",
  D3138: "$single found more than one match",
  D3139: "$single found no match",
  D3141: "$assert was not satisfied",
  T0410: "an argument of a function has the wrong type",
  T0411: "the context of a function has the wrong type",
  T0412: "an argument of a function must be a list of one type",
  T1003: "a key of an object is no text",
  T1005: "what was called is no function: is the `$` missing?",
  T1006: "what was called is no function",
  T2001: "the left side of an operator is no number",
  T2002: "the right side of an operator is no number",
  T2003: "the left side of `..` is no whole number",
  T2004: "the right side of `..` is no whole number",
  T2006: "the right side of `~>` is no function",
  T2007: "values to order by differ in type",
  T2008: "a value to order by is neither text nor number",
  T2009: "the two sides of a comparison differ in type",
  T2010: "a side of a comparison is neither text nor number",
};

/** The FasciaError for what `evaluate` threw: position and meaning, never a value. */
export function explainFailure(error: unknown, source: string, caps: EvaluationCaps): FasciaError {
  if (error instanceof FasciaError) return error;
  if (error instanceof OutOfTime) {
    return new FasciaError(
      "ExpressionTimeout",
      `the expression was stopped after ${caps.ms} ms; is there an endless loop?`,
    );
  }
  const { code, position } = fieldsOf(error);
  if (code === "D1011" || (error instanceof RangeError && error.message.includes("call stack"))) {
    return new FasciaError(
      "ExpressionTooDeep",
      `the expression nests deeper than ${caps.depth} steps; is a recursion endless?`,
    );
  }
  const where = position === undefined ? "" : ` at ${placeOf(source, position)}`;
  return new FasciaError("ExpressionFailed", `the expression failed${where}: ${meaningOf(error, code)}`);
}

/** The FasciaError for an expression that does not compile; what it quotes is the expression itself, which is configuration. */
export function explainSyntax(error: unknown, source: string): FasciaError {
  if (error instanceof FasciaError) return error;
  const { code, position } = fieldsOf(error);
  const known = code !== undefined && error instanceof Object && "message" in error ? String(error.message) : "";
  const why = known === "" ? "it cannot be read" : known.slice(0, 200);
  const where = position === undefined ? "" : ` at ${placeOf(source, position)}`;
  return new FasciaError("ExpressionSyntax", `the expression is wrong${where}: ${why}`);
}

/** `line 2, column 14` of the character at `position` of `source`. */
export function placeOf(source: string, position: number): string {
  const before = source.slice(0, position).split("\n");
  return `line ${before.length}, column ${before.at(-1)?.length ?? 0}`;
}

function meaningOf(error: unknown, code: string | undefined): string {
  if (error instanceof BuiltinRefusal) return error.message;
  if (code === undefined) return "the expression language could not go on";
  return `${MEANINGS[code] ?? "a step does not fit the data"} (${code})`;
}

/** JSONata throws objects that are no Errors, with its code and the position after the step that failed. */
function fieldsOf(error: unknown): { code?: string; position?: number } {
  if (typeof error !== "object" || error === null) return {};
  const { code, position } = error as { code?: unknown; position?: unknown };
  return {
    ...(typeof code === "string" && /^[A-Z]\d{4}$/.test(code) && { code }),
    ...(typeof position === "number" && { position }),
  };
}
