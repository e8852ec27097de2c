import { describe, expect, it } from "vitest";
import { LineReader, parseWatchLine } from "./watchlines.ts";

describe("the lines of a watch", () => {
  const text = '{"a":"ü€"}\n\n{"b":2}\n{"cut off';

  it("are the same wherever the bytes are cut", () => {
    const bytes = Buffer.from(text);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const reader = new LineReader();
      const lines = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      expect(lines).toEqual(['{"a":"ü€"}', '{"b":2}']);
    }
  });

  it("may come one byte at a time", () => {
    const reader = new LineReader();
    const lines = [...Buffer.from(text)].flatMap((byte) => reader.push(Buffer.of(byte)));
    expect(lines).toEqual(['{"a":"ü€"}', '{"b":2}']);
  });
});

describe("a line of a watch", () => {
  const object = { metadata: { name: "a", resourceVersion: "7" } };

  it("is an event with the version behind which to go on", () => {
    expect(parseWatchLine(JSON.stringify({ type: "ADDED", object }))).toEqual({
      type: "ADDED",
      object,
      resourceVersion: "7",
    });
  });

  it("is a bookmark, which names no object", () => {
    const bookmark = { metadata: { resourceVersion: "9" } };
    const event = parseWatchLine(JSON.stringify({ type: "BOOKMARK", object: bookmark }));
    expect(event).toMatchObject({ type: "BOOKMARK", resourceVersion: "9" });
  });

  it("is an error", () => {
    const status = { kind: "Status", code: 410, reason: "Expired" };
    expect(parseWatchLine(JSON.stringify({ type: "ERROR", object: status }))).toEqual({ type: "ERROR", status });
  });

  it.each([
    ["no JSON", "{"],
    ["null", "null"],
    ["a number", "7"],
    ["an event without object", '{"type":"ADDED"}'],
    ["an event with null as object", '{"type":"ADDED","object":null}'],
    ["a type that nobody knows", JSON.stringify({ type: "MOVED", object })],
    ["an object without name", '{"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}'],
    ["an object without version", '{"type":"DELETED","object":{"metadata":{"name":"a"}}}'],
    ["a bookmark without version", '{"type":"BOOKMARK","object":{"metadata":{}}}'],
  ])("is none when it holds %s", (_, line) => {
    expect(parseWatchLine(line)).toBeUndefined();
  });
});
