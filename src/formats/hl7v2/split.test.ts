import { describe, expect, it } from "vitest";
import { splitMessages } from "./split.ts";

const A = "MSH|^~\\&|A\rPID|1\r";
const B = "MSH|^~\\&|B\r\nPID|2\r\n";
const split = (text: string): string[] =>
  splitMessages(Buffer.from(text, "latin1")).map((part) => Buffer.from(part).toString("latin1"));

describe("splitMessages", () => {
  it.each<[string, string, string[]]>([
    ["an empty file", "", []],
    ["blank lines", "\r\n\n", []],
    ["one message", A, [A]],
    ["a message without end", "MSH|^~\\&|A\rPID|1", ["MSH|^~\\&|A\rPID|1"]],
    ["several messages", A + B + A, [A, B, A]],
    ["blank lines between messages", `\n${A}\r\n${B}`, [`${A}\r\n`, B]],
    [
      "text in which a line begins like a name",
      "MSH|^~\\&|A\rNTE|1||one\nBTSX two\r",
      ["MSH|^~\\&|A\rNTE|1||one\nBTSX two\r"],
    ],
    ["a byte order mark and blank lines", `\xef\xbb\xbf\r\n${A}`, [`\xef\xbb\xbf\r\n${A}`]],
    ["a byte order mark", `\xef\xbb\xbf${A}${B}`, [`\xef\xbb\xbf${A}`, B]],
    ["a batch", `FHS|^~\\&\rBHS|^~\\&\r${A}${B}BTS|2\rBHS|^~\\&\r${A}BTS|1\rFTS|2\r`, [A, B, A]],
    ["an empty batch", "BHS|^~\\&\rBTS|0\r", []],
    ["MLLP frames", `\x0b${A}\x1c\r\x0b${B}\x1c\r\n`, [A, B]],
    ["frames without the CR behind them", `\x0b${A}\x1c\x0b${B}\x1c`, [A, B]],
    ["a frame that holds the byte of an end block", `\x0bMSH|^~\\&|A\x1cB\r\x1c\r`, ["MSH|^~\\&|A\x1cB\r"]],
    ["a batch within a frame", `\x0bBHS|^~\\&\r${A}${B}BTS|2\r\x1c\r`, [A, B]],
    ["line feeds alone", "MSH|^~\\&|A\nPID|1\nMSH|^~\\&|B\n", ["MSH|^~\\&|A\nPID|1\n", "MSH|^~\\&|B\n"]],
  ])("cuts %s", (_what, text, expected) => {
    expect(split(text)).toEqual(expected);
  });

  it.each([
    ["something before the first message", `hello\r${A}`, "line 1"],
    ["something behind a batch", `BHS|^~\\&\r${A}BTS|1\rSECRET\r`, "line 5"],
    ["a frame that was cut off", `\x0b${A}\x1c\r\x0bMSH|^~\\&`, "block 2"],
    ["something between frames", `\x0b${A}\x1c\rSECRET\x0b${A}\x1c\r`, "block 2"],
  ])("refuses %s, and says where", (_what, text, expected) => {
    expect(() => split(text)).toThrow(
      expect.objectContaining({
        code: "Hl7v2Syntax",
        message: expect.stringMatching(new RegExp(`^${expected}: (?!.*SECRET)`)),
      }),
    );
  });
});
