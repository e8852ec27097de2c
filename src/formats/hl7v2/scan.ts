import type { FasciaError } from "../../base/errors.ts";
import { syntaxError } from "./syntax.ts";

const CR = 0x0d;
const LF = 0x0a;
const START_BLOCK = 0x0b;

export function hasByteOrderMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Where MSH begins: after a byte order mark and blank lines. Throws FasciaError `Hl7v2Syntax` where it does not. */
export function findHeader(bytes: Buffer): number {
  const at = skipLineEnds(bytes, hasByteOrderMark(bytes) ? 3 : 0);
  if (isHeader(bytes, at)) return at;
  throw syntaxError("segment 1", explainBeginning(bytes, at));
}

function explainBeginning(bytes: Buffer, at: number): string {
  if (at >= bytes.length) return "the message is empty; it must begin with MSH";
  if (bytes[at] === START_BLOCK) return "the message is framed for MLLP; take the frame off or split the file first";
  const beginning = bytes.toString("latin1", at, at + 3);
  if (beginning === "FHS" || beginning === "BHS") return "this is a batch; split it into its messages first";
  if (/^(?:\xff\xfe|\xfe\xff|M\0|\0M)/.test(beginning)) return "the message is in UTF-16; send it in UTF-8";
  return "the message must begin with MSH";
}

/** The first line end from `start` on, or the end of `bytes`. */
export function endOfLine(bytes: Buffer, start: number): number {
  return Math.min(find(bytes, CR, start), find(bytes, LF, start));
}

/**
 * Where segments begin, from the header at `start`; each goes up to the line ends before the next. Ends are CR, LF
 * or CRLF, mixed as they come, and blank lines count for nothing. In a message whose header ends with CR, an LF that
 * no segment follows is part of a value: such senders put line breaks into text. Throws FasciaError `Hl7v2Syntax`.
 */
export function scanSegments(bytes: Buffer, start: number, separator: number): number[] {
  const starts: number[] = [];
  const { length } = bytes;
  let cr = find(bytes, CR, start);
  let lf = find(bytes, LF, start);
  const findLf = cr < lf ? findSegmentLf : find;
  lf = findLf(bytes, LF, lf, separator);
  for (let at = start; at < length;) {
    if (cr < at) cr = find(bytes, CR, at);
    if (lf < at) lf = findLf(bytes, LF, at, separator);
    if (!isSegment(bytes, at, separator)) throw badSegment(bytes, starts);
    if (at > start && beginsAnother(bytes, at)) throw secondHeader(bytes, at, starts);
    starts.push(at);
    at = skipLineEnds(bytes, cr < lf ? cr : lf);
  }
  return starts;
}

/** Where the line before `at` ends: in front of the line ends that stand there. */
export function endBefore(bytes: Uint8Array, at: number): number {
  while (isLineEnd(bytes[at - 1])) at--;
  return at;
}

function find(bytes: Buffer, end: number, from: number): number {
  const at = bytes.indexOf(end, from);
  return at < 0 ? bytes.length : at;
}

/** The next line feed behind which, blank lines aside, a segment begins or the message ends. */
function findSegmentLf(bytes: Buffer, end: number, from: number, separator: number): number {
  for (let at = find(bytes, end, from); at < bytes.length;) {
    const next = skipLineEnds(bytes, at);
    if (next >= bytes.length || (isSegment(bytes, next, separator) && bytes[next + 3] === separator)) return at;
    at = find(bytes, end, next);
  }
  return bytes.length;
}

function skipLineEnds(bytes: Uint8Array, at: number): number {
  while (isLineEnd(bytes[at])) at++;
  return at;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === CR || byte === LF;
}

function isHeader(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x4d && bytes[at + 1] === 0x53 && bytes[at + 2] === 0x48;
}

/** Whether a further message (MSH) or a batch (FHS, BHS) begins. */
function beginsAnother(bytes: Uint8Array, at: number): boolean {
  const [first, second, third] = [bytes[at], bytes[at + 1], bytes[at + 2]];
  return isHeader(bytes, at) || ((first === 0x46 || first === 0x42) && second === 0x48 && third === 0x53);
}

/** A name of a capital letter and two capital letters or digits, then the field separator or the segment's end. */
function isSegment(bytes: Uint8Array, at: number, separator: number): boolean {
  const after = bytes[at + 3];
  const isEnded = after === separator || after === undefined || isLineEnd(after);
  return isEnded && isCapital(bytes[at]) && isCapitalOrDigit(bytes[at + 1]) && isCapitalOrDigit(bytes[at + 2]);
}

function isCapital(byte = 0): boolean {
  return byte >= 0x41 && byte <= 0x5a;
}

function isCapitalOrDigit(byte = 0): boolean {
  return isCapital(byte) || (byte >= 0x30 && byte <= 0x39);
}

function badSegment(bytes: Buffer, starts: readonly number[]): FasciaError {
  const before = starts.at(-1) ?? 0;
  return syntaxError(
    `segment ${starts.length + 1} (after ${bytes.toString("latin1", before, before + 3)})`,
    "must begin with a name of three capital letters or digits and the field separator; a line break inside a value must be sent as \\.br\\",
  );
}

function secondHeader(bytes: Buffer, at: number, starts: readonly number[]): FasciaError {
  return syntaxError(
    `segment ${starts.length + 1} (${bytes.toString("latin1", at, at + 3)})`,
    "a second message or a batch begins here; split the file into its messages first",
  );
}
