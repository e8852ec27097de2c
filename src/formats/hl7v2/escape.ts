import type { Delimiters } from "./delimiters.ts";

/**
 * Escape sequences of text (HL7 v2.9 chapter 2, 2.7): \F\ \S\ \T\ \R\ \E\ \P\ stand for the delimiters, \Xhh..\ for
 * bytes, \.br\ for a new line. All others (highlighting, formatting, local \Z..\) stay in the text as they are.
 */
export function unescapeText(text: string, delimiters: Delimiters, decode: (raw: string) => string): string {
  const { escape } = delimiters;
  if (escape === "") return text;
  let at = text.indexOf(escape);
  if (at < 0) return text;
  let result = "";
  let from = 0;
  let bytes = "";
  while (at >= 0) {
    const end = text.indexOf(escape, at + 1);
    if (end < 0) break;
    if (at > from && bytes !== "") {
      result += decode(bytes);
      bytes = "";
    }
    result += text.slice(from, at);
    const sequence = text.slice(at + 1, end);
    const hex = hexBytes(sequence);
    if (hex === undefined) {
      if (bytes !== "") result += decode(bytes);
      bytes = "";
      result += standsFor(sequence, delimiters) ?? text.slice(at, end + 1);
    } else {
      // A character may be spread over adjacent sequences, so bytes are gathered before they are decoded.
      bytes += hex;
    }
    from = end + 1;
    at = text.indexOf(escape, from);
  }
  if (bytes !== "") result += decode(bytes);
  return result + text.slice(from);
}

/** Whether text holds \\Xhh..\\ beyond ASCII, which means something else in another character set. */
export function hasByteEscapes(text: string, delimiters: Delimiters): boolean {
  const { escape } = delimiters;
  if (escape === "" || !text.includes(`${escape}X`)) return false;
  return text.split(escape).some((sequence) => /[\x80-\xff]/.test(hexBytes(sequence) ?? ""));
}

function hexBytes(sequence: string): string | undefined {
  if (!/^X(?:[0-9A-Fa-f]{2})+$/.test(sequence)) return undefined;
  return Buffer.from(sequence.slice(1), "hex").toString("latin1");
}

function standsFor(sequence: string, delimiters: Delimiters): string | undefined {
  switch (sequence) {
    case "F":
      return delimiters.field;
    case "S":
      return delimiters.component || undefined;
    case "T":
      return delimiters.subcomponent || undefined;
    case "R":
      return delimiters.repetition || undefined;
    case "E":
      return delimiters.escape;
    case "P":
      return delimiters.truncation || undefined;
    case ".br":
      return "\n";
    default:
      return undefined;
  }
}

/**
 * Text as it may stand in a message: the inverse of `unescapeText`. Returns undefined where the text needs an escape
 * and the message declares no escape character.
 */
export function escapeText(text: string, delimiters: Delimiters): string | undefined {
  const { escape } = delimiters;
  let result = "";
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const sequence = sequenceFor(text.charAt(at), delimiters);
    if (sequence === undefined) continue;
    if (escape === "") return undefined;
    result += text.slice(from, at) + escape + sequence + escape;
    from = at + 1;
  }
  return from === 0 ? text : result + text.slice(from);
}

function sequenceFor(char: string, delimiters: Delimiters): string | undefined {
  switch (char) {
    case delimiters.field:
      return "F";
    case delimiters.component:
      return "S";
    case delimiters.subcomponent:
      return "T";
    case delimiters.repetition:
      return "R";
    case delimiters.escape:
      return "E";
    case delimiters.truncation:
      return "P";
    case "\n":
      // Where the full stop is a delimiter, \.br\ would be taken apart.
      return Object.values(delimiters).includes(".") ? "X0A" : ".br";
    case "\r":
      return "X0D";
    default:
      return undefined;
  }
}
