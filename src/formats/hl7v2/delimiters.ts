import { syntaxError } from "./syntax.ts";

/**
 * The delimiters that a message declares in MSH-1 and MSH-2 (HL7 v2.9 chapter 2, 2.5.4 "Message delimiters"). Each is
 * one ASCII character; one that MSH-2 leaves out is the empty string: nothing is split or escaped by it.
 */
export interface Delimiters {
  field: string;
  component: string;
  repetition: string;
  escape: string;
  subcomponent: string;
  /** The fifth encoding character, which v2.7 added. */
  truncation: string;
}

const MAX_ENCODING_CHARACTERS = 5;

export const STANDARD_DELIMITERS: Delimiters = {
  field: "|",
  component: "^",
  repetition: "~",
  escape: "\\",
  subcomponent: "&",
  truncation: "",
};

/** MSH-2 as it stands in a message. */
export function encodingCharacters(delimiters: Delimiters): string {
  const { component, repetition, escape, subcomponent, truncation } = delimiters;
  return component + repetition + escape + subcomponent + truncation;
}

/** Reads the delimiters of the MSH segment that stands at `start`. Throws FasciaError `Hl7v2Syntax`. */
export function readDelimiters(bytes: Buffer, start: number): Delimiters {
  if (isStandard(bytes, start + 3)) return STANDARD_DELIMITERS;
  const text = bytes.toString("latin1", start + 3, start + 4 + MAX_ENCODING_CHARACTERS + 1);
  const [field = "", ...rest] = text;
  const end = rest.findIndex((char) => char === field || char === "\r" || char === "\n");
  return checkDelimiters(field, end < 0 ? rest : rest.slice(0, end));
}

const STANDARD_BYTES = Buffer.from("|^~\\&|");

function isStandard(bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < STANDARD_BYTES.length; i++) {
    if (bytes[at + i] !== STANDARD_BYTES[i]) return false;
  }
  return true;
}

/** Delimiters from MSH-1 and the characters of MSH-2, checked. Throws FasciaError `Hl7v2Syntax`. */
export function checkDelimiters(field: string, encoding: readonly string[]): Delimiters {
  if (!isDelimiter(field)) {
    throw syntaxError(
      "segment 1 (MSH), field 1",
      "the field separator must be one ASCII character, no letter, digit or space",
    );
  }
  if (encoding.length === 0 || encoding.length > MAX_ENCODING_CHARACTERS || !encoding.every(isDelimiter)) {
    throw syntaxError(
      "segment 1 (MSH), field 2",
      "the encoding characters must be one to five ASCII characters, no letters, digits or spaces, e.g. ^~\\&",
    );
  }
  if (new Set([field, ...encoding]).size !== encoding.length + 1) {
    throw syntaxError("segment 1 (MSH), field 2", "the delimiters must differ from one another, e.g. |^~\\&");
  }
  const [component = "", repetition = "", escape = "", subcomponent = "", truncation = ""] = encoding;
  return { field, component, repetition, escape, subcomponent, truncation };
}

function isDelimiter(char: string): boolean {
  const code = char.charCodeAt(0);
  return char.length === 1 && code > 0 && code < 0x80 && !/[A-Za-z0-9 \r\n]/.test(char);
}
