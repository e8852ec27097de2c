import { describe, expect, it } from "vitest";
import { FasciaError } from "../../base/errors.ts";
import { Message } from "./message.ts";
import { MAX_PARTS, MAX_SEGMENTS, checkSize } from "./size.ts";

const HEADER = "MSH|^~\\&|A||||||ADT^A01|1|P|2.5\rOBX|1||";
/** The greatest message that an adapter can be told to take. */
const MOST_BYTES = 8_388_608;

const check = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  checkSize(bytes, Message.parse(bytes));
};

describe("the size of a message", () => {
  it.each(["|", "~", "^", "&", "|a", "\r", "\n", "~a^b&c|"])("has a bound in %j", (unit) => {
    const most = Math.floor((MAX_PARTS - HEADER.length) / unit.length);
    expect(() => check(HEADER + unit.repeat(most))).not.toThrow();
    expect(() => check(HEADER + unit.repeat(Math.floor(MOST_BYTES / unit.length)))).toThrow(FasciaError);
  });

  it("has a bound in segments, however they end", () => {
    for (const end of ["\r", "\n", "\r\n"]) {
      const segments = (count: number) => `MSH|^~\\&|A${end}${`NK1|1${end}`.repeat(count - 1)}`;
      expect(() => check(segments(MAX_SEGMENTS))).not.toThrow();
      expect(() => check(segments(MAX_SEGMENTS + 1))).toThrow(
        expect.objectContaining({
          code: "Hl7v2TooLarge",
          message:
            "the message has more than 10000 segments, the most that is converted in one go: have the sender split it",
        }),
      );
    }
  });

  it("counts the delimiters that the message declares", () => {
    const own = "MSH#*+\\%#A######ADT*A01#1#P#2.5\rOBX#1##";
    expect(() => check(own + "|".repeat(2 * MAX_PARTS))).not.toThrow();
    expect(() => check(own + "+".repeat(2 * MAX_PARTS))).toThrow("more than 250000 fields, repetitions and components");
  });

  it("has no bound in text: documents are carried in one value", () => {
    expect(() => check(HEADER + "QUJD".repeat(2_000_000))).not.toThrow();
  });

  it("is known in a fraction of the time that the conversion would take", () => {
    const bytes = Buffer.from(HEADER + "|1".repeat(4_000_000), "latin1");
    const begin = performance.now();
    expect(() => checkSize(bytes, Message.parse(bytes))).toThrow(FasciaError);
    expect(performance.now() - begin).toBeLessThan(500);
  });
});
