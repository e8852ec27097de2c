import { isUtf8 } from "node:buffer";

/**
 * `value` as JSON in UTF-8; undefined for what JSON does not know (undefined, functions, cycles, big integers). `replace` is
 * JSON.stringify's.
 */
export function encodeJson(value: unknown, replace?: (key: string, value: unknown) => unknown): Buffer | undefined {
  try {
    const text = JSON.stringify(value, replace) as string | undefined;
    return text === undefined ? undefined : Buffer.from(text);
  } catch {
    return undefined;
  }
}

/** What ECMAScript has (JSON.parse source text access) and TypeScript's library does not know yet. */
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): unknown;
};

/**
 * As JSON.parse, but a number that JavaScript would write in another way (`1.10`, whose last digit means something to FHIR)
 * becomes an object that JSON.stringify writes as it was. Throws what JSON.parse throws, RangeError for too deep nesting.
 */
export function parseJsonAsWritten(text: string): unknown {
  return parse(text, (_key, value, { source }) =>
    typeof value === "number" && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  );
}

/** Whether `bytes` are one JSON document in UTF-8 without byte order mark (RFC 8259). */
export function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
