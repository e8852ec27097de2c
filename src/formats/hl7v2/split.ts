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
    const end = text.indexOf(END_BLOCK, at);
    if (end < 0) throw syntaxError(where, "has no end block (0x1C): the file was cut off");
    ranges.push([at + 1, end]);
    at = end + 1;
  }
  return ranges;
}

function messagesWithin(text: Raw, from: number, to: number): Range[] {
  const starts: Range[] = [];
  let open: number | undefined;
  let line = 0;
  const close = (end: number): void => {
    if (open !== undefined) starts.push([open, end]);
    open = undefined;
  };
  for (let at = from; at < to; at = endOfLine(text, at, to)) {
    at = skipLineEnds(text, at, to);
    if (at >= to) break;
    line++;
    const name = at + (text.startsWith(BOM, at) ? BOM.length : 0);
    const kind = kindOf(text, name);
    if (kind === "Message") {
      close(at);
      open = at;
    } else if (kind === "Batch") {
      close(at);
    } else if (open === undefined) {
      throw syntaxError(`line ${line}`, "belongs to no message; one begins with MSH, a batch with FHS or BHS");
    }
  }
  close(to);
  return starts;
}

function kindOf(text: Raw, at: number): "Message" | "Batch" | "Other" {
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
