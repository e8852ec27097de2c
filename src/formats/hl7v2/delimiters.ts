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

/**
 * Reads the delimiters of the header segment (MSH, or FHS and BHS, which begin alike) that stands at `start` of the
 * byte string `text`. Throws FasciaError `Hl7v2Syntax`.
 */
export function readDelimiters(text: string, start: number): Delimiters {
  if (text.startsWith("|^~\\&|", start + 3)) return STANDARD_DELIMITERS;
  const field = text.charAt(start + 3);
  const encoding: string[] = [];
  for (let at = start + 4; at < text.length; at++) {
    const char = text.charAt(at);
    if (char === field || char === "\r" || char === "\n") break;
    encoding.push(char);
    if (encoding.length > MAX_ENCODING_CHARACTERS) break;
  }
  return checkDelimiters(field, encoding);
}

/** Delimiters from MSH-1 and the characters of MSH-2, checked. Throws FasciaError `Hl7v2Syntax`. */
export function checkDelimiters(field: string, encoding: readonly string[]): Delimiters {
  if (!isDelimiter(field)) {
    throw syntaxError(
      "segment 1 (MSH), field 1",
      "the field separator must be one ASCII character, neither letter nor digit",
    );
  }
  if (encoding.length === 0 || encoding.length > MAX_ENCODING_CHARACTERS || !encoding.every(isDelimiter)) {
    throw syntaxError(
      "segment 1 (MSH), field 2",
      "the encoding characters must be one to five ASCII characters, neither letters nor digits, e.g. ^~\\&",
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
  return char.length === 1 && code > 0 && code < 0x80 && !/[A-Za-z0-9\r\n]/.test(char);
}
