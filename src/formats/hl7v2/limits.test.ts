import { describe, expect, it } from "vitest";
import { processorMs } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import { readAck } from "./ack.ts";
import { readHeader } from "./header.ts";
import { Message, fromSegmentsJson } from "./message.ts";
import { splitMessages } from "./split.ts";

const MIB = 1024 * 1024;
const LIMIT_MS = 1000;

/** `size` bytes after a header, of `unit` over and over. */
function hostile(unit: string, charset: string, size: number): Buffer {
  const header = `MSH|^~\\&|A||||||ADT^A01|1|P|2.5||||||${charset}\rPID|1||`;
  return Buffer.concat([Buffer.from(header), Buffer.alloc(size, unit, "latin1")]);
}

const DELIMITERS = ["|", "~", "^", "&", "\\", "\\F", "\\X41\\", "|~^&\\", "a|", "a~"];
const LINES = ["\r", "\n", "\n\r", "\nx", "\nPID", "\rPID", "\rPID|1"];
const BYTES = ["\x00", "\xff", "\x1b$B", "\x1b(B|"];
const CASES = [...DELIMITERS, ...LINES, ...BYTES].flatMap((unit) =>
  ["", "ISO IR87", "GB 18030-2000"].map((charset) => ({ unit, charset })),
);

describe("a message made of one thing over and over", () => {
  it.each(CASES)("of one MiB is handled or refused in well under a second: %j", ({ unit, charset }) => {
    const bytes = hostile(unit, charset, MIB);
    const took = millisecondsFor(
      () => Message.parse(bytes).serialise(),
      () => Message.parse(bytes).get("PID-3[7].2.2"),
      () => readHeader(bytes),
      () => splitMessages(bytes),
    );
    expect(took).toBeLessThan(LIMIT_MS);
  });

  // What makes an object of each value takes longer, but no longer than in proportion to the size.
  it.each(CASES)("is read and changed in time that grows with its size: %j", ({ unit, charset }) => {
    const bytes = hostile(unit, charset, MIB / 16);
    const took = millisecondsFor(
      () => readEverything(Message.parse(bytes)),
      () => Message.parse(bytes).toJson(),
      () => Message.parse(bytes).set("PID-3[7].2.2", "x").set("PID-5", "y").serialise(),
      () => Message.parse(bytes).transcode("8859/1"),
      () => fromSegmentsJson([{ segment: "MSH" }, { segment: "NTE", "3": bytes.toString("latin1") }]).serialise(),
      () => readAck(bytes),
    );
    expect(took).toBeLessThan(LIMIT_MS);
  });

  it.each(["MSH", "MSH|", "MSH|^~\\&", "MSH|^~\\&|", "\r", "\n", "\x0b", "\x1c", "|"])(
    "without a header before it is handled or refused in well under a second: %j",
    (unit) => {
      const bytes = Buffer.alloc(MIB, unit);
      const took = millisecondsFor(
        () => Message.parse(bytes).serialise(),
        () => readHeader(bytes),
        () => splitMessages(bytes),
      );
      expect(took).toBeLessThan(LIMIT_MS);
    },
  );
});

describe("a field", () => {
  const set = (count: number) =>
    Message.create()
      .addSegment("PID")
      .setField(
        3,
        Array.from({ length: count }, (_value, i) => `${i}`),
      );

  it("holds 10000 repetitions", () => {
    expect(set(10_000).field(3).repetitions).toHaveLength(10_000);
  });

  it.each([10_001, 500_000])("refuses %i, with its place and the bound", (count) => {
    expect(() => set(count)).toThrow(
      expect.objectContaining({
        code: "Hl7v2Path",
        message: `segment PID, field 3: has ${count} repetitions; at most 10000 are written`,
      }),
    );
  });
});

describe("a JSON form", () => {
  it("becomes a message in time that grows with its size", () => {
    const values = Array.from({ length: 9999 }, (_value, i) => [`3[${i}].1`, "a"]);
    const segments = [{ segment: "MSH" }, { segment: "OBX", ...Object.fromEntries(values) }];
    expect(millisecondsFor(() => fromSegmentsJson(segments).serialise())).toBeLessThan(LIMIT_MS);
  });

  it.each(["1000.1", "3[10000].1", "3.1000", "3.1.1000"])("cannot fill a message up by the place %s", (place) => {
    expect(() => fromSegmentsJson([{ segment: "MSH" }, { segment: "OBX", [place]: "a" }])).toThrow(FasciaError);
  });
});

function readEverything(message: Message): number {
  let length = 0;
  for (const segment of message.segments) {
    for (let n = 1; n <= segment.fieldCount; n++) {
      for (const repetition of segment.field(n).repetitions) {
        for (const component of repetition.components) length += component.subcomponents.join("").length;
      }
    }
  }
  return length;
}

/** Processor time of all actions together, so that a busy machine makes none longer; a FasciaError is as good as a result. */
function millisecondsFor(...actions: (() => unknown)[]): number {
  const start = processorMs();
  for (const action of actions) {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FasciaError)) throw error;
    }
  }
  return processorMs() - start;
}
