import { array, assert, constantFrom, integer, nat, oneof, property } from "fast-check";
import { describe, expect, test } from "vitest";
import { CR, FS, type FrameEvent, Framer, VT, frame } from "./framer.ts";

const limits = { maxMessageBytes: 1024 };
const block = (text: string): Buffer => frame(Buffer.from(text, "latin1"));

/** Everything that the framer finds in `pieces`, pushed one after another, as text. */
function read(pieces: Uint8Array[], framer = new Framer(limits)): string[] {
  const found: string[] = [];
  for (const piece of pieces) {
    framer.push(piece);
    for (let event = framer.next(); event !== undefined; event = framer.next()) found.push(show(event));
  }
  return found;
}

function show(event: FrameEvent): string {
  return event.kind === "Frame" ? event.body.toString("latin1") : event.kind;
}

const byteByByte = (bytes: Uint8Array): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte));

/** The same rules once more, over the whole stream and with no regard to speed. */
function oracle(bytes: Uint8Array, max: number, maxJunk: number): string[] {
  const found: string[] = [];
  let open: number[] | undefined;
  let junk = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (open === undefined) {
      if (byte === VT) [open, junk] = [[], 0];
      else if (++junk > maxJunk) return [...found, "Junk"];
    } else if (byte === FS && bytes[i + 1] === CR) {
      found.push(String.fromCharCode(...open));
      open = undefined;
      i++;
    } else {
      // An FS at the very end may still turn out to be an end.
      if (byte !== FS || i + 1 < bytes.length) open.push(byte);
      if (open.length > max) return [...found, "TooLarge"];
    }
  }
  return found;
}

describe("Framer", () => {
  const two = Buffer.concat([block("MSH|first\rPID|1\r"), block("MSH|second\r")]);
  const both = ["MSH|first\rPID|1\r", "MSH|second\r"];

  test("finds several blocks in one piece", () => {
    expect(read([two])).toEqual(both);
  });

  test("finds them a byte at a time", () => {
    expect(read(byteByByte(two))).toEqual(both);
  });

  test("finds them wherever the stream is cut in three", () => {
    for (let a = 0; a <= two.length; a++)
      for (let b = a; b <= two.length; b++)
        expect(read([two.subarray(0, a), two.subarray(a, b), two.subarray(b)]), `cut at ${a} and ${b}`).toEqual(both);
  });

  test("gives a whole block at once and the half behind it when the rest has come", () => {
    const framer = new Framer(limits);
    const half = block("MSH|first\r").length + 5;
    const stream = Buffer.concat([block("MSH|first\r"), block("MSH|second\r")]);
    expect(read([stream.subarray(0, half)], framer)).toEqual(["MSH|first\r"]);
    expect(framer.inBlock).toBe(true);
    expect(read([stream.subarray(half)], framer)).toEqual(["MSH|second\r"]);
    expect(framer.inBlock).toBe(false);
  });

  test("ends a block whose FS and CR come in different pieces only with the CR", () => {
    const framer = new Framer(limits);
    const bytes = block("MSH|a\r");
    expect(read([bytes.subarray(0, -1)], framer)).toEqual([]);
    expect(read([bytes.subarray(-1)], framer)).toEqual(["MSH|a\r"]);
  });

  test("keeps an FS that no CR follows, and a VT within a block, as content", () => {
    const bytes = block("a\x1cb\x0bc\x1c\x1cd");
    expect(read([bytes])).toEqual(["a\x1cb\x0bc\x1c\x1cd"]);
    expect(read(byteByByte(bytes))).toEqual(["a\x1cb\x0bc\x1c\x1cd"]);
  });

  test("ends at the second of two FS when only that is followed by CR", () => {
    expect(read([block("a\x1c")])).toEqual(["a\x1c"]);
    expect(read(byteByByte(block("a\x1c")))).toEqual(["a\x1c"]);
  });

  test("gives an empty block as empty", () => {
    expect(read([block("")])).toEqual([""]);
    expect(read(byteByByte(block("")))).toEqual([""]);
  });

  test("takes every byte value within a block but the end", () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
    const found = new Framer(limits);
    found.push(frame(all));
    expect(found.next()).toEqual({ kind: "Frame", body: all });
  });

  test("does not copy a block that lies within one piece", () => {
    const framer = new Framer(limits);
    framer.push(two);
    const event = framer.next();
    expect(event?.kind === "Frame" && event.body.buffer === two.buffer).toBe(true);
  });

  test("never changes a block that it has given, whatever comes after", () => {
    const framer = new Framer(limits);
    const bytes = block("MSH|first\r");
    framer.push(bytes.subarray(0, 4));
    expect(framer.next()).toBeUndefined();
    framer.push(bytes.subarray(4));
    const first = framer.next();
    expect(read(byteByByte(block("MSH|other\r")), framer)).toEqual(["MSH|other\r"]);
    expect(first === undefined ? "" : show(first)).toBe("MSH|first\r");
  });

  test("skips bytes between blocks and counts them", () => {
    const framer = new Framer(limits);
    const stream = Buffer.concat([Buffer.from("\r\n"), block("a"), Buffer.from("\n"), block("b")]);
    expect(read([stream], framer)).toEqual(["a", "b"]);
    expect(framer.skippedBytes).toBe(3);
  });

  test("says Junk when more than the bound lies outside of blocks, and takes nothing more", () => {
    const framer = new Framer({ ...limits, maxJunkBytes: 8 });
    expect(read([Buffer.from("12345678"), Buffer.from("9"), block("a")], framer)).toEqual(["Junk"]);
    expect(read([block("b")], framer)).toEqual([]);
  });

  test("counts junk from the last block on", () => {
    const framer = new Framer({ ...limits, maxJunkBytes: 8 });
    const noisy = Buffer.concat([Buffer.from("12345678"), block("a")]);
    expect(read([noisy, noisy, noisy], framer)).toEqual(["a", "a", "a"]);
  });

  test("takes a block of exactly maxMessageBytes", () => {
    const exact = "x".repeat(1024);
    expect(read([block(exact)])).toEqual([exact]);
    expect(read(byteByByte(block(exact)))).toEqual([exact]);
  });

  test("says TooLarge at one byte more, keeps its head, and takes nothing more", () => {
    for (const pieces of [[block("x".repeat(1025))], byteByByte(block("x".repeat(1025)))]) {
      const framer = new Framer(limits);
      const events: FrameEvent[] = [];
      for (const piece of [...pieces, block("b")]) {
        framer.push(piece);
        const event = framer.next();
        if (event !== undefined) events.push(event);
      }
      expect(events).toEqual([{ kind: "TooLarge", head: Buffer.alloc(1024, "x") }]);
    }
  });

  test("holds no more of an endless block than maxMessageBytes and one piece", () => {
    const framer = new Framer({ maxMessageBytes: 1_048_576 });
    framer.push(Buffer.of(VT));
    const piece = Buffer.alloc(65_536, "x");
    let held = 0;
    let event: FrameEvent | undefined;
    for (let i = 0; i < 1600 && event === undefined; i++) {
      framer.push(piece);
      event = framer.next();
      held = Math.max(held, framer.heldBytes);
    }
    expect(event?.kind).toBe("TooLarge");
    expect(held).toBeLessThanOrEqual(1_048_576 + 1);
    expect(framer.heldBytes).toBe(0);
  });

  test("copies a block that comes a byte at a time a few times in all, not once a byte", () => {
    const framer = new Framer({ maxMessageBytes: 8_388_608 });
    framer.push(Buffer.of(VT));
    const rooms = new Set<number>();
    for (let i = 0; i < 200_000; i++) {
      framer.push(Buffer.of(0x78));
      framer.next();
      rooms.add(framer.heldBytes);
    }
    expect(rooms.size).toBeLessThanOrEqual(8);
  });

  test("leaves further blocks alone until they are asked for", () => {
    const framer = new Framer(limits);
    framer.push(two);
    expect(show(framer.next() as FrameEvent)).toBe(both[0]);
    framer.push(block("third"));
    expect(show(framer.next() as FrameEvent)).toBe(both[1]);
    expect(show(framer.next() as FrameEvent)).toBe("third");
    expect(framer.next()).toBeUndefined();
  });

  test("finds in any bytes, cut anywhere, what a plain reading of the rules finds", () => {
    // Mostly the bytes that matter, so that blocks begin, end and nearly end all the time.
    const byte = oneof({ weight: 3, arbitrary: constantFrom(VT, FS, CR) }, integer({ min: 0, max: 255 }));
    const stream = array(byte, { maxLength: 200 });
    const cuts = array(nat({ max: 200 }), { maxLength: 12 });
    assert(
      property(stream, cuts, (content, at) => {
        const bytes = Buffer.from(content);
        const edges = [0, ...at.filter((cut) => cut <= bytes.length), bytes.length].sort((a, b) => a - b);
        const pieces = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
        const framer = new Framer({ maxMessageBytes: 20, maxJunkBytes: 30 });
        expect(read(pieces, framer)).toEqual(oracle(bytes, 20, 30));
      }),
      { seed: 20_261, numRuns: 5000 },
    );
  });
});

describe("frame", () => {
  test("puts VT before and FS CR behind", () => {
    expect([...frame(Buffer.from("ab"))]).toEqual([VT, 0x61, 0x62, FS, CR]);
  });
});
