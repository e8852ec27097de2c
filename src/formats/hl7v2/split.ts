import type { FasciaError } from "../../base/errors.ts";
import { type Raw, toRaw } from "./raw.ts";
import { syntaxError } from "./syntax.ts";

/**
 * Cuts a file into its messages: a single one, several one after the other, batches (FHS, BHS, BTS, FTS; HL7 v2.9
 * chapter 2, 2.10.3), and each of these framed as for MLLP. The parts are views of `bytes` and begin with MSH (or with
 * the byte order mark before it). Throws FasciaError `Hl7v2Syntax` where anything would be left over.
 */
export function splitMessages(bytes: Uint8Array): Uint8Array[] {
  const text = toRaw(bytes);
  const messages: Uint8Array[] = [];
  for (const [from, to] of blocks(text)) {
    for (const [start, end] of messagesWithin(text, from, to)) messages.push(bytes.subarray(start, end));
  }
  return messages;
}

type Range = [from: number, to: number];

const BOM = "\xef\xbb\xbf";
const START_BLOCK = "\x0b";
const END_BLOCK = "\x1c";

/** What stands between start and end blocks, or everything where there are none. */
function blocks(text: Raw): Range[] {
  const first = skipBlank(text, 0, text.length);
  if (text.charAt(first) !== START_BLOCK) return [[0, text.length]];
  const ranges: Range[] = [];
  for (let at = first; at < text.length; at = skipBlank(text, at, text.length)) {
    const where = `block ${ranges.length + 1}`;
    if (text.charAt(at) !== START_BLOCK) throw syntaxError(where, "must begin with a start block (0x0B)");
    const end = endOfBlock(text, at);
    if (end < 0) throw syntaxError(where, "has no end block (0x1C): the file was cut off");
    ranges.push([at + 1, end]);
    at = end + 1;
  }
  return ranges;
}

/** The end block that nothing but a line end, another block or the end of the file follows; others are content. */
function endOfBlock(text: Raw, start: number): number {
  for (let at = text.indexOf(END_BLOCK, start); at >= 0; at = text.indexOf(END_BLOCK, at + 1)) {
    if (/^[\r\n\v]?$/.test(text.charAt(at + 1))) return at;
  }
  return -1;
}

function messagesWithin(text: Raw, from: number, to: number): Range[] {
  const messages: Range[] = [];
  let open: number | undefined;
  const close = (end: number): void => {
    if (open !== undefined) messages.push([open, end]);
    open = undefined;
  };
  let line = 1;
  for (let at = skipLineEnds(text, from, to); at < to; line++) {
    const name = text.startsWith(BOM, at) ? skipLineEnds(text, at + BOM.length, to) : at;
    const kind = kindOf(text, name);
    if (kind !== "Other") close(at);
    if (kind === "Message") open = at;
    else if (kind === "Other" && open === undefined) throw leftOver(line);
    at = skipLineEnds(text, endOfLine(text, name, to), to);
  }
  close(to);
  return messages;
}

function leftOver(line: number): FasciaError {
  return syntaxError(`line ${line}`, "belongs to no message; one begins with MSH, a batch with FHS or BHS");
}

/** What a line begins; a name counts only where no word goes on behind it. */
function kindOf(text: Raw, at: number): "Message" | "Batch" | "Other" {
  if (/[A-Za-z0-9 ]/.test(text.charAt(at + 3))) return "Other";
  const name = text.slice(at, at + 3);
  if (name === "MSH") return "Message";
  return name === "FHS" || name === "BHS" || name === "BTS" || name === "FTS" ? "Batch" : "Other";
}

function endOfLine(text: Raw, at: number, to: number): number {
  while (at < to && !isLineEnd(text.charCodeAt(at))) at++;
  return at;
}

function skipLineEnds(text: Raw, at: number, to: number): number {
  while (at < to && isLineEnd(text.charCodeAt(at))) at++;
  return at;
}

/** Blank lines and spaces around blocks. */
function skipBlank(text: Raw, at: number, to: number): number {
  while (at < to && (isLineEnd(text.charCodeAt(at)) || text.charCodeAt(at) === 0x20)) at++;
  return at;
}

function isLineEnd(code: number): boolean {
  return code === 13 || code === 10;
}
