import iconv from "iconv-lite";
import { describe, expect, it } from "vitest";
import { charsetNamed, charsetOf, isKnownCharset } from "./charset.ts";
import { Message } from "./message.ts";

const message = (charset: string, name: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`MSH|^~\\&||||||||||||||||${charset}\rPID|1||||`), name, Buffer.from("^second|F\r")]);

describe("character sets named in MSH-18", () => {
  it.each([
    ["UNICODE UTF-8", "utf8", "Müller 😀"],
    ["UNICODE", "utf8", "Łukasz"],
    ["utf-8", "utf8", "Ægir"],
    ["8859/1", "iso-8859-1", "Müller"],
    ["8859/2", "iso-8859-2", "Łukasz"],
    ["8859/5", "iso-8859-5", "Иван"],
    ["8859/7", "iso-8859-7", "Αθηνά"],
    ["8859/9", "iso-8859-9", "Işık"],
    ["8859/15", "iso-8859-15", "Œuvre €"],
    ["ISO-8859-1", "iso-8859-1", "Müller"],
    ["windows-1252", "windows-1252", "“Müller”"],
    ["GB 18030-2000", "gb18030", "张伟"],
    ["KS X 1001", "euc-kr", "홍길동"],
    ["BIG-5", "big5", "許功蓋"],
    ["GB 18030-2000", "gb18030", "亅乛亊乗"],
    ["BIG-5", "big5", "育斗挘备轮声"],
    ["Shift_JIS", "shiftjis", "ポタミソ掛運円"],
    ["EUC-JP", "euc-jp", "山田"],
    ["Shift_JIS", "shiftjis", "表示ソ能"],
  ])("%s is read and written", (label, encoding, text) => {
    const bytes = message(label, iconv.encode(text, encoding));
    const parsed = Message.parse(bytes);
    expect([parsed.get("PID-5"), parsed.get("PID-5.2"), parsed.get("PID-6")]).toEqual([text, "second", "F"]);
    const written = Message.parse(message(label, Buffer.from("x"))).set("PID-5", text);
    expect(Buffer.from(written.serialise())).toEqual(bytes);
  });

  it.each([
    ["ISO IR87", "\x1b$B;3ED\x1b(B", "山田"],
    ["~ISO IR87", "\x1b$B;3ED\x1b(B", "山田"],
    ["ASCII~ISO IR14~ISO IR87", "\x1b$B;3\x1b(B \x1b(ITO@^\x1b(B", "山 ﾔﾏﾀﾞ"],
    ["ISO IR159", "\x1b$(D0!\x1b(B", "丂"],
    ["ISO IR14", "\x1b(ITO\x1b(B", "ﾔﾏ"],
  ])("%s switches sets by escape sequences, which may hold the bytes of delimiters", (label, bytes, text) => {
    const parsed = Message.parse(message(label, Buffer.from(bytes, "latin1")));
    expect([parsed.get("PID-5"), parsed.get("PID-5.2"), parsed.get("PID-6")]).toEqual([text, "second", "F"]);
    const written = Message.parse(message(label, Buffer.from("x"))).set("PID-5", text);
    expect(written.get("PID-5")).toBe(text);
    expect(Buffer.from(written.serialise())).toEqual(message(label, Buffer.from(bytes, "latin1")));
  });

  it("reads single-byte half-width katakana", () => {
    expect(Message.parse(message("ISO IR14", Buffer.from([0xd4, 0xcf]))).get("PID-5")).toBe("ﾔﾏ");
  });

  it("reads bytes outside the set as replacement characters and keeps them", () => {
    const bytes = message("ASCII", Buffer.from([0x41, 0xe4]));
    const parsed = Message.parse(bytes);
    expect(parsed.get("PID-5")).toBe("A\ufffd");
    parsed.set("PID-8", "F");
    expect(Buffer.from(parsed.serialise()).includes(Buffer.from([0x41, 0xe4]))).toBe(true);
  });

  it("refuses a set that is not supported, but only for text that needs it", () => {
    const parsed = Message.parse(message("CNS 11643-1992", Buffer.from([0xc4, 0xe3])));
    expect(parsed.get("PID-5.2")).toBe("second");
    expect(() => parsed.get("PID-5")).toThrow(expect.objectContaining({ code: "Hl7v2Charset" }));
    expect(() => parsed.set("PID-5", "ä")).toThrow(expect.objectContaining({ code: "Hl7v2Charset" }));
  });

  it("takes the adapter's set where MSH-18 is empty, and UTF-8 where there is a byte order mark", () => {
    const bytes = message("", Buffer.from([0xc3, 0xa4]));
    expect(Message.parse(bytes).get("PID-5")).toBe("ä");
    expect(Message.parse(bytes, { charset: "8859/1" }).get("PID-5")).toBe("Ã¤");
    const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
    expect(Message.parse(marked, { charset: "8859/1" }).get("PID-5")).toBe("ä");
  });

  it("refuses to write what the set lacks instead of writing question marks", () => {
    const parsed = Message.parse(message("8859/1", Buffer.from("x")));
    expect(() => parsed.set("PID-5", "Łukasz")).toThrow(
      expect.objectContaining({ code: "Hl7v2Charset", message: expect.not.stringContaining("Łukasz") }),
    );
  });
});

describe("transcode", () => {
  it("writes the whole message in another set and names it", () => {
    const parsed = Message.parse(message("8859/1", Buffer.from("Müller", "latin1"))).set("MSH-18", "UNICODE UTF-8");
    expect(Buffer.from(parsed.serialise())).toEqual(message("UNICODE UTF-8", Buffer.from("Müller")));
    expect(parsed.set("PID-5.2", "Jörg").get("PID-5.2")).toBe("Jörg");
  });

  it("refuses what the other set lacks, and bytes that are of no set, and leaves the message as it was", () => {
    for (const name of [Buffer.from("Łukasz"), Buffer.from([0xff]), Buffer.from("M\\XC3BC\\ller")]) {
      const bytes = message("", name);
      const parsed = Message.parse(bytes);
      expect(() => parsed.transcode("8859/1")).toThrow(expect.objectContaining({ code: "Hl7v2Charset" }));
      expect(Buffer.from(parsed.serialise())).toEqual(bytes);
    }
  });

  it("does not write replacement characters for bytes that are of no set", () => {
    const parsed = Message.parse(message("ASCII", Buffer.from([0xe4])));
    expect(() => parsed.transcode("UNICODE UTF-8")).toThrow(expect.objectContaining({ code: "Hl7v2Charset" }));
  });
});

describe("charsetOf", () => {
  it.each([
    [[], undefined, "UNICODE UTF-8"],
    [[""], "8859/1", "8859/1"],
    [["ASCII"], "8859/1", "ASCII"],
    [["", "ISO IR87"], "8859/1", "ISO IR87"],
    [["ASCII", "8859/1"], undefined, "8859/1"],
    [["8859/1", "UNICODE UTF-8"], undefined, "8859/1"],
  ])("of %j with fallback %j is %s", (declared, fallback, expected) => {
    expect(charsetOf(declared, fallback).label).toBe(expected);
  });

  it("keeps working however many names senders invent", () => {
    for (let i = 0; i < 1000; i++) charsetNamed(`invented ${i}`);
    expect(charsetNamed("8859/1").decode("\xe4")).toBe("ä");
  });

  it("knows which names are supported", () => {
    expect(
      ["8859/1", "UNICODE UTF-8", "ISO IR87", "8859/17", "UNICODE UTF-16", "constructor"].map(isKnownCharset),
    ).toEqual([true, true, true, false, false, false]);
  });
});
