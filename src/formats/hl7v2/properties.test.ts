import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FasciaError } from "../../base/errors.ts";
import { buildAck, readAck } from "./ack.ts";
import { type Delimiters, encodingCharacters } from "./delimiters.ts";
import { readHeader } from "./header.ts";
import { Message, fromSegmentsJson } from "./message.ts";
import { splitMessages } from "./split.ts";

const settings = { seed: 20_261_114, numRuns: 500 };

const PUNCTUATION = [..."!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\x01\x1f\x7f"];

const delimiters: fc.Arbitrary<Delimiters> = fc
  .shuffledSubarray(PUNCTUATION, { minLength: 6, maxLength: 6 })
  .chain((chars) => fc.integer({ min: 2, max: 6 }).map((count) => chars.slice(0, count)))
  .map(([field = "", component = "", repetition = "", escape = "", subcomponent = "", truncation = ""]) => {
    return { field, component, repetition, escape, subcomponent, truncation };
  });

const segmentName = fc
  .stringMatching(/^[A-Z][A-Z0-9]{2}$/)
  .filter((name) => !["MSH", "FHS", "BHS", "BTS", "FTS"].includes(name));
const lineEnd = fc.constantFrom("\r", "\n", "\r\n", "\r\r", "\n\n", "\r\n\r\n", "\n\r");

/** Bytes that make no line: anything at all but CR and LF. */
const content = fc.oneof(
  fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10 && byte !== 13)).toString("latin1")),
  fc.string({ unit: fc.constantFrom(...'|^~\\&ab"0XEF.'), maxLength: 40 }),
);

/** A message as a byte string: any delimiters, any line ends, any content. */
const messageText = fc
  .record({
    delimiters,
    mark: fc.constantFrom("", "\xef\xbb\xbf"),
    blank: fc.constantFrom("", "\r", "\n\n"),
    header: content,
    segments: fc.array(fc.record({ name: segmentName, end: lineEnd, content }), { maxLength: 8 }),
    lastEnd: fc.constantFrom("", "\r", "\r\n\n"),
  })
  .map(({ delimiters, mark, blank, header, segments, lastEnd }) => {
    const { field } = delimiters;
    const body = segments.map((segment) => segment.end + segment.name + field + segment.content).join("");
    return `${mark}${blank}MSH${field}${encodingCharacters(delimiters)}${field}${header}${body}${lastEnd}`;
  });

const parse = (text: string): Message => Message.parse(Buffer.from(text, "latin1"));
const write = (message: Message): string => Buffer.from(message.serialise()).toString("latin1");

describe("any message", () => {
  it("comes out as it went in", () => {
    fc.assert(
      fc.property(messageText, (text) => {
        expect(write(parse(text))).toBe(text);
      }),
      settings,
    );
  });

  it("comes out as it went in before a segment that is appended", () => {
    fc.assert(
      fc.property(messageText, (text) => {
        const message = parse(text);
        message.addSegment("ZZZ").setField(1, ["x"]);
        expect(write(message)).toMatch(/[\r\n]ZZZ.x[\r\n]+$/);
        expect(write(message).startsWith(text)).toBe(true);
      }),
      settings,
    );
  });

  it("keeps every other byte when one value is set", () => {
    const place = fc.record({
      field: fc.integer({ min: 3, max: 9 }),
      text: fc.string({ unit: "binary-ascii", maxLength: 12 }),
    });
    fc.assert(
      fc.property(messageText, place, (text, { field, text: value }) => {
        const message = parse(text);
        const segment = message.segments.at(-1);
        if (!segment || message.delimiters.escape === "") return;
        const before = message.segments.map(({ raw }) => raw);
        segment.set({ field, repetition: 0, component: 1, subcomponent: 1 }, value);
        expect(segment.text(field)).toBe(value === "" ? undefined : value);
        const again = parse(write(message));
        expect(again.segments.map(({ raw }) => raw)).toEqual([...before.slice(0, -1), segment.raw]);
        expect(again.segments.at(-1)?.text(field)).toBe(value === "" ? undefined : value);
      }),
      settings,
    );
  });

  it("is read the same by its parts and by paths", () => {
    fc.assert(
      fc.property(messageText, (text) => {
        const message = parse(text);
        const seen = new Map<string, number>();
        for (const segment of message.segments) {
          const occurrence = seen.get(segment.name) ?? 0;
          seen.set(segment.name, occurrence + 1);
          for (let n = 1; n <= segment.fieldCount; n++) {
            segment.field(n).repetitions.forEach((repetition, r) => {
              repetition.components.forEach((component, c) => {
                const path = `${segment.name}[${occurrence}]-${n}[${r}].${c + 1}`;
                expect(component.subcomponents.map((part) => part || undefined)).toEqual(
                  component.subcomponents.map((_part, s) => message.get(`${path}.${s + 1}`)),
                );
              });
            });
          }
        }
      }),
      { ...settings, numRuns: 200 },
    );
  });
});

/** Texts by place, as a mapping expression might give them. */
const json = fc
  .record({
    delimiters: delimiters.filter(({ subcomponent }) => subcomponent !== ""),
    segments: fc.array(
      fc.record({
        name: segmentName,
        values: fc.dictionary(
          fc
            .tuple(
              fc.integer({ min: 1, max: 30 }),
              fc.integer({ min: 0, max: 3 }),
              fc.integer({ min: 1, max: 9 }),
              fc.integer({ min: 1, max: 3 }),
            )
            .map(([f, r, c, s]) => `${f}${r > 0 ? `[${r}]` : ""}.${c}${s > 1 ? `.${s}` : ""}`),
          fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }),
          { maxKeys: 6 },
        ),
      }),
      { maxLength: 6 },
    ),
  })
  .map(({ delimiters, segments }) => {
    const header: Record<string, string> = {
      segment: "MSH",
      "1": delimiters.field,
      "2": encodingCharacters(delimiters),
    };
    return [header].concat(segments.map(({ name, values }) => Object.assign({ segment: name }, values)));
  });

describe("any JSON form", () => {
  it("is the same after it was a message, whatever the texts and delimiters", () => {
    fc.assert(
      fc.property(json, (segments) => {
        const message = fromSegmentsJson(segments);
        expect(message.toJson()).toEqual(segments);
        expect(Message.parse(message.serialise()).toJson()).toEqual(segments);
      }),
      settings,
    );
  });

  it("is refused by a FasciaError, if at all", () => {
    const segment = fc.record({
      segment: fc.constantFrom("MSH", "PID"),
      "1": fc.jsonValue(),
      "3[1].2": fc.jsonValue(),
    });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.array(segment)), (value) => {
        expect(tolerant(() => Message.parse(fromSegmentsJson(value).serialise()))).not.toThrow();
      }),
      settings,
    );
  });
});

describe("any bytes", () => {
  const pieces = ["MSH|^~\\&|", "PID|", "MSA|AA|", "FHS|", "BTS", "a", ..."\r\n|^~\\&\x0b\x1c\xff", "\x1b$B"];
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((tail) => Buffer.concat([Buffer.from("MSH|^~\\&|"), tail])),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => Buffer.from(parts.join(""), "latin1")),
  );
  const charset = fc.constantFrom("UNICODE UTF-8", "8859/1", "ISO IR87", "GB 18030-2000", "unknown");
  const ack = { code: "AE", errorCode: "207", now: new Date(0), controlId: "1" } as const;

  it("are read, or refused by a FasciaError", () => {
    fc.assert(
      fc.property(bytes, charset, (input, label) => {
        for (const action of [
          () => Message.parse(input, { charset: label }).toJson(),
          () =>
            Message.parse(input, { charset: label }).set("PID-3[1].2.2", "x").transcode("UNICODE UTF-8").serialise(),
          () => readAck(input),
          () => readAck(buildAck(readHeader(input), ack)),
          () => splitMessages(input).map((part) => Message.parse(part)),
        ]) {
          expect(tolerant(action)).not.toThrow();
        }
      }),
      { ...settings, numRuns: 2000 },
    );
  });

  it("lose nothing but blank lines, frames and batch segments when they are split", () => {
    fc.assert(
      fc.property(fc.array(messageText, { minLength: 1, maxLength: 4 }), (texts) => {
        const whole = texts.map((text) => `${text.trim()}\r`);
        const parts = splitMessages(Buffer.from(whole.join(""), "latin1"));
        expect(parts.map((part) => Buffer.from(part).toString("latin1")).join("")).toBe(whole.join(""));
      }),
      settings,
    );
  });
});

/** What throws only what is not a FasciaError. */
function tolerant(action: () => unknown): () => void {
  return () => {
    try {
      action();
    } catch (error) {
      if (!(error instanceof FasciaError)) throw error;
    }
  };
}
