/** Start block, end block and the carriage return that follows it (HL7 Transport: MLLP, release 1). */
export const VT = 0x0b;
export const FS = 0x1c;
export const CR = 0x0d;

/** What a stream of bytes held. After `TooLarge` and `Junk` the framer takes nothing more: the place in the stream is lost. */
export type FrameEvent =
  /** A whole block without its framing; may be empty. It shares memory with what was pushed; the framer won't touch it again. */
  | { kind: "Frame"; body: Buffer }
  /** A block longer than `maxMessageBytes`; `head` is as much of it as was kept, to name it in the answer. */
  | { kind: "TooLarge"; head: Buffer }
  /** More than `maxJunkBytes` outside of blocks: the peer does not speak MLLP. */
  | { kind: "Junk" };

export interface FramerLimits {
  maxMessageBytes: number;
  /** Bytes between two blocks that are skipped; default 4096. */
  maxJunkBytes?: number;
}

const FIRST_HELD = 4096;

/**
 * Finds MLLP blocks in a stream of bytes that arrives in pieces cut anywhere. It knows no sockets: bytes are pushed,
 * events are taken with `next()` one at a time, so that whoever is busy leaves the rest where it is (one piece of
 * 64 KiB may hold 20,000 blocks). A block within one piece is a view of it; one that spans pieces is copied once.
 *
 * Only FS directly followed by CR ends a block. The standard allows neither FS nor VT in data, but text pasted from
 * word processors holds VT, and a lone FS does not say whether an end was meant; both stay content, byte for byte.
 * Whoever interprets the block judges it: a sender that never ends its blocks gets no answer rather than a wrong one.
 */
export class Framer {
  readonly #maxMessage: number;
  readonly #maxJunk: number;
  readonly #pieces: Buffer[] = [];
  /** Where reading goes on in the first piece. */
  #at = 0;
  #inBlock = false;
  #junk = 0;
  /** What earlier pieces held of the block that is open. */
  #held: Buffer = Buffer.alloc(0);
  #heldLength = 0;
  /** The last byte read was FS: the next one tells whether the block ends. */
  #afterFs = false;
  #stopped = false;
  #skipped = 0;

  constructor(limits: FramerLimits) {
    this.#maxMessage = limits.maxMessageBytes;
    this.#maxJunk = limits.maxJunkBytes ?? 4096;
  }

  /** Whether everything pushed so far ends within a block; meaningful once `next()` gave undefined. */
  get inBlock(): boolean {
    return this.#inBlock;
  }

  /** Bytes of the open block that are held in memory. */
  get heldBytes(): number {
    return this.#held.length;
  }

  /** Bytes outside of blocks that were skipped, in all. */
  get skippedBytes(): number {
    return this.#skipped;
  }

  /** Adds a piece of the stream. It must not be changed afterwards. */
  push(piece: Uint8Array): void {
    if (this.#stopped || piece.length === 0) return;
    this.#pieces.push(Buffer.from(piece.buffer, piece.byteOffset, piece.length));
  }

  /** The next event, or undefined when more bytes are needed. */
  next(): FrameEvent | undefined {
    while (!this.#stopped) {
      const piece = this.#pieces[0];
      if (piece === undefined) return undefined;
      const event = this.#inBlock ? this.#readBlock(piece) : this.#findStart(piece);
      if (this.#at >= piece.length) this.#dropPiece();
      if (event !== undefined) return event;
    }
    return undefined;
  }

  #findStart(piece: Buffer): FrameEvent | undefined {
    const start = piece.indexOf(VT, this.#at);
    const junk = (start < 0 ? piece.length : start) - this.#at;
    this.#junk += junk;
    this.#skipped += junk;
    if (this.#junk > this.#maxJunk) return this.#stop({ kind: "Junk" });
    this.#at = start < 0 ? piece.length : start + 1;
    this.#inBlock = start >= 0;
    return undefined;
  }

  /** Reads on in the open block: to its end, or to the end of the piece. */
  #readBlock(piece: Buffer): FrameEvent | undefined {
    if (this.#afterFs) {
      this.#afterFs = false;
      if (piece[this.#at] === CR) return this.#endBlock(piece, this.#at, this.#at + 1);
      this.#hold(FS_ALONE);
    }
    const from = this.#at;
    let end = piece.indexOf(FS, from);
    while (end >= 0 && end + 1 < piece.length && piece[end + 1] !== CR) end = piece.indexOf(FS, end + 1);
    const cut = end < 0 ? piece.length : end;
    if (this.#heldLength + cut - from > this.#maxMessage) return this.#tooLarge(piece);
    if (end >= 0 && end + 1 < piece.length) return this.#endBlock(piece, end, end + 2);
    this.#hold(piece.subarray(from, cut));
    this.#afterFs = end >= 0;
    this.#at = piece.length;
    return undefined;
  }

  /** The block's data ends before `end`, and reading goes on at `after`. */
  #endBlock(piece: Buffer, end: number, after: number): FrameEvent {
    let body = piece.subarray(this.#at, end);
    if (this.#heldLength > 0) {
      this.#hold(body);
      body = this.#held.subarray(0, this.#heldLength);
      this.#release();
    }
    this.#at = after;
    this.#inBlock = false;
    this.#junk = 0;
    return { kind: "Frame", body };
  }

  /** Keeps a copy. Room doubles, so that a block that comes byte by byte is copied twice at most, not once a byte. */
  #hold(bytes: Buffer): void {
    const length = this.#heldLength + bytes.length;
    if (length > this.#held.length) {
      const room = Math.max(length, Math.min(this.#held.length * 2, this.#maxMessage + 1), FIRST_HELD);
      const grown = Buffer.allocUnsafeSlow(room);
      this.#held.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    bytes.copy(this.#held, this.#heldLength);
    this.#heldLength = length;
  }

  #tooLarge(piece: Buffer): FrameEvent {
    const head = Buffer.concat([this.#held.subarray(0, this.#heldLength), piece.subarray(this.#at)], this.#maxMessage);
    return this.#stop({ kind: "TooLarge", head });
  }

  #stop(event: FrameEvent): FrameEvent {
    this.#stopped = true;
    this.#pieces.length = 0;
    this.#release();
    return event;
  }

  #release(): void {
    this.#held = Buffer.alloc(0);
    this.#heldLength = 0;
  }

  #dropPiece(): void {
    this.#pieces.shift();
    this.#at = 0;
  }
}

const FS_ALONE = Buffer.from([FS]);

/** `body` as one MLLP block. */
export function frame(body: Uint8Array): Buffer {
  const block = Buffer.allocUnsafe(body.length + 3);
  block[0] = VT;
  block.set(body, 1);
  block[body.length + 1] = FS;
  block[body.length + 2] = CR;
  return block;
}
