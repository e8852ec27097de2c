import type { FasciaError } from "../../base/errors.ts";
import type { Raw } from "./raw.ts";
import { syntaxError } from "./syntax.ts";

export const BOM = "\xef\xbb\xbf";

/** Where MSH begins: after a byte order mark and blank lines. Throws FasciaError `Hl7v2Syntax` where it does not. */
export function findHeader(text: Raw): number {
  const at = skipLineEnds(text, text.startsWith(BOM) ? BOM.length : 0);
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
  let cr = find(text, "\r", start);
  let lf = find(text, "\n", start);
  const findLf = cr < lf ? findSegmentLf : find;
  lf = findLf(text, "\n", lf, separator);
  for (let at = start; at < text.length;) {
    if (cr < at) cr = find(text, "\r", at);
    if (lf < at) lf = findLf(text, "\n", at, separator);
    const end = cr < lf ? cr : lf;
    if (!isSegment(text, at, separator)) throw badSegment(text, index);
    if (index.length > 0 && text.startsWith("MSH", at)) throw secondHeader(index);
    index.push(at, end);
    at = skipLineEnds(text, end);
  }
  return index;
}

function find(text: Raw, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at < 0 ? text.length : at;
}

/** The next line feed behind which, blank lines aside, a segment begins or the message ends. */
function findSegmentLf(text: Raw, end: string, from: number, separator: number): number {
  for (let at = find(text, end, from); at < text.length;) {
    const behind = skipLineEnds(text, at);
    const isEnd =
      behind >= text.length || (isSegment(text, behind, separator) && text.charCodeAt(behind + 3) === separator);
    if (isEnd) return at;
    at = find(text, end, behind);
  }
  return text.length;
}

function skipLineEnds(text: Raw, at: number): number {
  while (isLineEnd(text.charCodeAt(at))) at++;
  return at;
}

function isLineEnd(code: number): boolean {
  return code === 13 || code === 10;
}

/** A name of a capital letter and two capital letters or digits, then the field separator or the segment's end. */
function isSegment(text: Raw, at: number, separator: number): boolean {
  const after = text.charCodeAt(at + 3);
  return (
    (after === separator || isLineEnd(after) || at + 3 === text.length) &&
    isCapital(text.charCodeAt(at)) &&
    isCapitalOrDigit(text.charCodeAt(at + 1)) &&
    isCapitalOrDigit(text.charCodeAt(at + 2))
  );
}

function isCapital(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isCapitalOrDigit(code: number): boolean {
  return isCapital(code) || (code >= 48 && code <= 57);
}

function badSegment(text: Raw, index: readonly number[]): FasciaError {
  const before = index.at(-2) ?? 0;
  return syntaxError(
    `segment ${index.length / 2 + 1} (after ${text.slice(before, before + 3)})`,
    "must begin with a name of three capital letters or digits and the field separator; a line break inside a value must be sent as \\.br\\",
  );
}

function secondHeader(index: readonly number[]): FasciaError {
  return syntaxError(
    `segment ${index.length / 2 + 1} (MSH)`,
    "a second message begins here; split the file into its messages first",
  );
}
