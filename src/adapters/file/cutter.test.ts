import { describe, expect, test } from "vitest";
import { Cutter, type FindNext, nextHeader, nextLine } from "./cutter.ts";

/** The pieces of `text` when it is read `chunkBytes` at a time; `undefined` for those that are too long. */
function cut(findNext: FindNext, text: string, chunkBytes: number, maxBytes = 1000): (string | undefined)[] {
  const bytes = Buffer.from(text, "latin1");
  const cutter = new Cutter(findNext, maxBytes, 0);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += chunkBytes)
    pieces.push(...cutter.push(bytes.subarray(at, at + chunkBytes)));
  pieces.push(...cutter.finish());
  return pieces.map((piece) => piece.bytes?.toString("latin1"));
}

const BATCH = "FHS|^~\\&\rBHS|^~\\&\r";
const A = "MSH|^~\\&|A\rPID|1\r";
const B = "MSH|^~\\&|B\rNTE|1||MSH in the middle of a line\r";

describe.each([1, 2, 3, 7, 1000])("read %i bytes at a time", (chunkBytes) => {
  test.each([
    ["lines", nextLine, '{"a":1}\n{"b":2}\r\n\n{"c":3}', ['{"a":1}\n', '{"b":2}\r\n', "\n", '{"c":3}']],
    ["nothing", nextLine, "", []],
    ["messages one after the other", nextHeader, A + B + A, [A, B, A]],
    ["a batch", nextHeader, `${BATCH}${A}${B}BTS|2\rFTS|1\r`, [BATCH, A, `${B}BTS|2\rFTS|1\r`]],
    ["messages framed as for MLLP", nextHeader, `\x0b${A}\x1c\r\x0b${B}\x1c\r`, [`\x0b${A}\x1c\r`, `\x0b${B}\x1c\r`]],
    [
      "line feeds and byte order marks",
      nextHeader,
      `\xef\xbb\xbfMSH|1\n\xef\xbb\xbfMSH|2\n`,
      ["\xef\xbb\xbfMSH|1\n", "\xef\xbb\xbfMSH|2\n"],
    ],
  ])("%s are cut where they begin", (_name, findNext, text, pieces) => {
    expect(cut(findNext, text, chunkBytes)).toEqual(pieces);
  });

  test("what is too long is skipped, and what follows it is found", () => {
    const long = `MSH|^~\\&|${"x".repeat(500)}\r`;
    expect(cut(nextHeader, A + long + B, chunkBytes, 100)).toEqual([A, undefined, B]);
    expect(cut(nextLine, `short\n${"x".repeat(500)}\nlast`, chunkBytes, 100)).toEqual(["short\n", undefined, "last"]);
    expect(cut(nextLine, "x".repeat(500), chunkBytes, 100)).toEqual([undefined]);
  });
});

test("each piece tells where it ends, from where reading began", () => {
  const cutter = new Cutter(nextLine, 10, 100);
  const pieces = [...cutter.push(Buffer.from(`a\n${"x".repeat(50)}\nbb`)), ...cutter.finish()];
  expect(pieces.map((piece) => piece.end)).toEqual([102, 153, 155]);
});

test("a piece that never ends is not kept in memory", () => {
  const cutter = new Cutter(nextLine, 1000, 0);
  const chunk = Buffer.alloc(65_536, "x");
  let most = 0;
  for (let read = 0; read < 100; read++) {
    cutter.push(chunk);
    most = Math.max(most, cutter.heldBytes);
  }
  expect(most).toBeLessThanOrEqual(1000);
  expect(cutter.finish()).toEqual([{ bytes: undefined, end: 100 * 65_536 }]);
});
