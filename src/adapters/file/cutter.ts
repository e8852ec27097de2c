/** A stretch of a file that holds one message, or none. */
export interface Piece {
  /** Undefined where it is longer than the limit: its bytes are dropped while they are read. */
  bytes: Buffer | undefined;
  /** Offset in the file of the byte behind it. */
  end: number;
}

/** Where the piece behind the one that begins at index 0 begins, looking from `from` on; -1 when more bytes are needed. */
export type FindNext = (bytes: Buffer, from: number) => number;

/** Longest mark that a beginning is known by, its line end included. */
const LONGEST_MARK = 8;

/** Cuts a file that is read in chunks into pieces. It holds one piece and one chunk at most. */
export class Cutter {
  readonly #findNext: FindNext;
  readonly #maxBytes: number;
  /** What was read and not yet cut off. */
  #rest: Buffer = Buffer.alloc(0);
  /** How much of it is known to hold no beginning. */
  #scanned = 0;
  /** How much of the current piece was dropped because it is too long. */
  #dropped = 0;
  #end: number;

  /** Begins at offset `at` of the file, where a piece begins. */
  constructor(findNext: FindNext, maxBytes: number, at: number) {
    this.#findNext = findNext;
    this.#maxBytes = maxBytes;
    this.#end = at;
  }

  /** Bytes that wait for the end of their piece. */
  get heldBytes(): number {
    return this.#rest.length;
  }

  /** The pieces that end in `chunk`. */
  push(chunk: Buffer): Piece[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const pieces: Piece[] = [];
    for (let next = this.#find(); next > 0; next = this.#find()) pieces.push(this.#cut(next));
    this.#scanned = Math.max(0, this.#rest.length - LONGEST_MARK);
    if (this.#rest.length > this.#maxBytes) this.#drop();
    return pieces;
  }

  /** The piece that the end of the file ends. */
  finish(): Piece[] {
    return this.#rest.length + this.#dropped > 0 ? [this.#cut(this.#rest.length)] : [];
  }

  #find(): number {
    return this.#findNext(this.#rest, this.#scanned);
  }

  #cut(at: number): Piece {
    const whole = this.#dropped === 0 && at <= this.#maxBytes;
    const bytes = whole ? this.#rest.subarray(0, at) : undefined;
    this.#end += this.#dropped + at;
    this.#rest = this.#rest.subarray(at);
    this.#scanned = 0;
    this.#dropped = 0;
    return { bytes, end: this.#end };
  }

  /** Forgets what was scanned; what a mark may have begun in stays. */
  #drop(): void {
    this.#dropped += this.#scanned;
    this.#rest = this.#rest.subarray(this.#scanned);
    this.#scanned = 0;
  }
}

const LF = 0x0a;
const VT = 0x0b;
const CR = 0x0d;
const MSH = Buffer.from("MSH");
export const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** NDJSON: behind a line feed. */
export const nextLine: FindNext = (bytes, from) => bytes.indexOf(LF, from) + 1;

/** HL7 v2: MSH at the beginning of a line, with the start block or byte order mark that may stand before it. */
export const nextHeader: FindNext = (bytes, from) => {
  for (let at = bytes.indexOf(MSH, from); at >= 0; at = bytes.indexOf(MSH, at + 1)) {
    const start = bytes[at - 1] === VT ? at - 1 : bytes.subarray(Math.max(0, at - 3), at).equals(BOM) ? at - 3 : at;
    const before = bytes[start - 1];
    if (start > 0 && (start < at || before === CR || before === LF)) return start;
  }
  return -1;
};
