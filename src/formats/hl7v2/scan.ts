import type { FasciaError } from "../../base/errors.ts";
import type { Raw } from "./raw.ts";
import { syntaxError } from "./syntax.ts";

export const BOM = "\xef\xbb\xbf";

/** Where MSH begins: after a byte order mark and blank lines. Throws FasciaError `Hl7v2Syntax` where it does not. */
export function findHeader(text: Raw): number {
  let at = text.startsWith(BOM) ? BOM.length : 0;
  while (isLineEnd(text.charCodeAt(at))) at++;
  if (text.startsWith("MSH", at)) return at;
  throw syntaxError("segment 1", explainBeginning(text, at));
}

function explainBeginning(text: Raw, at: number): string {
  if (at >= text.length) return "the message is empty; it must begin with MSH";
  if (/^(?:\xff\xfe|\xfe\xff|M\0|\0M)/.test(text)) return "the message is in UTF-16; send it in UTF-8";
  if (text.charCodeAt(at) === 0x0b) return "the message is framed for MLLP; take the frame off or split the file first";
  if (/^[FB]HS/.test(text.slice(at, at + 3))) return "this is a batch; split it into its messages first";
  return "the message must begin with MSH";
}

/**
 * Where segments begin and end, in pairs, from the header at `start`. Ends are CR, LF or CRLF, mixed as they come, and
 * blank lines count for nothing. In a message whose header ends with CR, an LF that no segment follows is part of
 * a value: such senders put line breaks into text. Throws FasciaError `Hl7v2Syntax`.
 */
export function scanSegments(text: Raw, start: number, separator: number): number[] {
  const index: number[] = [];
  const { length } = text;
  let cr = next(text, "\r", start);
  let lf = next(text, "\n", start);
  const lfInValues = cr < lf;
  let at = start;
  while (at < length) {
    if (cr < at) cr = next(text, "\r", at);
    if (lf < at) lf = next(text, "\n", at);
    while (lfInValues && lf < cr && lf > at && !isBoundary(text, lf + 1, separator)) lf = next(text, "\n", lf + 1);
    const end = cr < lf ? cr : lf;
    if (end > at) {
      if (!isSegment(text, at, separator)) throw badSegment(text, index);
      index.push(at, end);
    }
    at = end + 1;
  }
  for (let i = 2; i < index.length; i += 2) {
    if (text.startsWith("MSH", index[i])) throw secondHeader(i / 2 + 1);
  }
  return index;
}

function next(text: Raw, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at;
}

function isLineEnd(code: number): boolean {
  return code === 13 || code === 10;
}

/** Whether a segment, a blank line or the end of the message stands at `at`. */
function isBoundary(text: Raw, at: number, separator: number): boolean {
  return at >= text.length || isLineEnd(text.charCodeAt(at)) || isSegment(text, at, separator);
}

/** A name of a letter and two letters or digits, then the field separator or the segment's end. */
function isSegment(text: Raw, at: number, separator: number): boolean {
  const after = text.charCodeAt(at + 3);
  return (
    (after === separator || isLineEnd(after) || at + 3 === text.length) &&
    isLetter(text.charCodeAt(at)) &&
    isLetterOrDigit(text.charCodeAt(at + 1)) &&
    isLetterOrDigit(text.charCodeAt(at + 2))
  );
}

function isLetter(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isLetterOrDigit(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

function badSegment(text: Raw, index: readonly number[]): FasciaError {
  const before = index.at(-2) ?? 0;
  return syntaxError(
    `segment ${index.length / 2 + 1} (after ${text.slice(before, before + 3)})`,
    "must begin with a name of three capital letters or digits and the field separator; a line break inside a value must be sent as \\.br\\",
  );
}

function secondHeader(number: number): FasciaError {
  return syntaxError(`segment ${number} (MSH)`, "a second message begins here; split the file into its messages first");
}
