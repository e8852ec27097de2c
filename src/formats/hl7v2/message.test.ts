import { describe, expect, it } from "vitest";
import { HL7_NULL } from "./field.ts";
import { Message, fromSegmentsJson } from "./message.ts";

const ADT =
  "MSH|^~\\&|EHR^1.2.3^ISO|GENERAL|HUB|GROUP|20261114083000||ADT^A01^ADT_A01|MSG1|P|2.5.1\r" +
  "PID|1||100001^^^HOSP&1.2.3&ISO^MR~200002^^^OTHER^MR||Example^Erika^M\\T\\M||19800212|F\r" +
  "OBX|1|TX|||first\r" +
  'OBX|2|TX|||""\r' +
  "ZPD|local\r";

const bytes = (text: string): Buffer => Buffer.from(text, "utf8");
const parse = (text: string): Message => Message.parse(bytes(text));
const text = (message: Message): string => Buffer.from(message.serialise()).toString("utf8");

describe("reading", () => {
  const message = parse(ADT);

  it.each([
    ["MSH-1", "|"],
    ["MSH-2", "^~\\&"],
    ["MSH-3", "EHR"],
    ["MSH-3.2", "1.2.3"],
    ["MSH-9.2", "A01"],
    ["PID-3", "100001"],
    ["PID-3[0].4", "HOSP"],
    ["PID-3[0].4.2", "1.2.3"],
    ["PID-3[1].1", "200002"],
    ["PID-5.3", "M&M"],
    ["OBX[1]-1", "2"],
    ["OBX[1]-5", HL7_NULL],
    ["ZPD-1", "local"],
  ])("gives the text at %s", (path, expected) => {
    expect(message.get(path)).toBe(expected);
  });

  it.each(["PID-4", "PID-3[2]", "PID-3.9", "PID-3.4.9", "PID-99", "OBX[2]-1", "PV1-2"])(
    "gives nothing at %s, where nothing is",
    (path) => {
      expect(message.get(path)).toBeUndefined();
    },
  );

  it.each(["PID", "PID-0", "PID-3.0", "pid-3", "PID-3.1.1.1", "PID-99999", ""])(
    "refuses the path %j without repeating it",
    (path) => {
      expect(() => message.get(path)).toThrow(expect.objectContaining({ code: "Hl7v2Path" }));
    },
  );

  it("gives segments, fields, repetitions, components and subcomponents without paths", () => {
    expect(message.segments.map((segment) => segment.name)).toEqual(["MSH", "PID", "OBX", "OBX", "ZPD"]);
    const ids = message.segment("PID")?.field(3).repetitions ?? [];
    expect(ids.map((id) => [id.text(), id.text(4), id.component(4).subcomponents])).toEqual([
      ["100001", "HOSP", ["HOSP", "1.2.3", "ISO"]],
      ["200002", "OTHER", ["OTHER"]],
    ]);
    expect(message.segmentsNamed("OBX").map((obx) => obx.field(5).isNull)).toEqual([false, true]);
  });

  it("tells an empty field from HL7's null", () => {
    const { header } = parse('MSH|^~\\&|""||\r');
    expect([header.field(3), header.field(4)].map((field) => [field.isNull, field.isEmpty])).toEqual([
      [true, false],
      [false, true],
    ]);
    expect(header.field(4).repetitions).toEqual([]);
  });
});

describe("serialising", () => {
  it.each([
    ["CR", ADT],
    ["LF", ADT.replaceAll("\r", "\n")],
    ["CRLF", ADT.replaceAll("\r", "\r\n")],
    ["mixed ends and blank lines", "\r\nMSH|^~\\&|A\rPID|1\n\nOBX|1\r\nZPD|\r\r\n\n"],
    ["no end", "MSH|^~\\&|A\rPID|1"],
    ["a byte order mark", `\ufeff${ADT}`],
    ["components in MSH-3", "MSH|^~\\&|A^1.2^ISO"],
    ["other delimiters", "MSH$*%!+$A*B\rPID$1$$a*b%c\r"],
    ["a fifth encoding character", "MSH|^~\\&#|A\r"],
    ["a header alone", "MSH|^~\\&|A"],
    ["unknown escapes", "MSH|^~\\&|A\rNTE|1||\\H\\loud\\N\\ \\Zx1\\ C:\\dir \\X0\\\r"],
  ])("gives back every byte of a message with %s", (_what, input) => {
    const message = parse(input);
    expect(text(message)).toBe(input);
    const rebuilt = message
      .set("MSH-3", "B")
      .set("MSH-3", "")
      .set("MSH-3", parse(input).get("MSH-3") ?? "");
    expect(text(rebuilt)).toBe(input);
  });

  it("keeps bytes that are not of the character set", () => {
    const input = Buffer.concat([bytes("MSH|^~\\&|A\rPID|1|"), Buffer.from([0xff, 0x00, 0xc3]), bytes("|x\r")]);
    const message = Message.parse(input);
    expect(message.get("PID-2")).toBe("\ufffd\0\ufffd");
    expect(Buffer.from(message.set("PID-3", "y").serialise()).subarray(0, 21)).toEqual(input.subarray(0, 21));
  });
});

describe("changing", () => {
  it("touches nothing but the place that is set", () => {
    const message = parse(ADT).set("PID-3[1].4.2", "9.9");
    expect(text(message)).toBe(ADT.replace("OTHER^MR", "OTHER&9.9^MR"));
  });

  it("is seen by those who have read before", () => {
    const message = parse(ADT);
    const pid = message.segment("PID");
    expect([pid?.text(5), message.get("PID-5.1"), pid?.fieldCount]).toEqual(["Example", "Example", 8]);
    message.set("PID-5.1", "Sample").set("PID-9", "x");
    expect([pid?.text(5), message.get("PID-5.1"), pid?.fieldCount]).toEqual(["Sample", "Sample", 9]);
  });

  it("fills in what has to stand before, and escapes what would be a delimiter", () => {
    expect(text(parse("MSH|^~\\&|A\r").set("PID-5[1].2.2", "a|b^c~d&e\\f\ng"))).toBe(
      "MSH|^~\\&|A\rPID|||||~^&a\\F\\b\\S\\c\\R\\d\\T\\e\\E\\f\\.br\\g\r",
    );
  });

  it("removes a value by the empty string, and creates nothing for one", () => {
    expect(text(parse(ADT).set("PID-8", "").set("PID-30", "").set("PID-3[5]", "").set("PV1-2", ""))).toBe(
      ADT.replace("|F\r", "|\r"),
    );
  });

  it("appends a segment with the message's own line end", () => {
    expect(text(parse("MSH|^~\\&|A\nPID|1").set("PV1-2", "I"))).toBe("MSH|^~\\&|A\nPID|1\nPV1||I\n");
    expect(() => parse(ADT).set("PV1[1]-2", "I")).toThrow("PV1");
  });

  it.each(["MSH-1", "MSH-2"])("refuses to change the delimiters in %s", (path) => {
    expect(() => parse(ADT).set(path, "#")).toThrow(expect.objectContaining({ code: "Hl7v2Path" }));
  });

  it("creates a message from scratch", () => {
    const message = Message.create({ charset: "8859/1" });
    message.header.setField(3, ["FASCIA"]).setField(9, [["ADT", "A01", "ADT_A01"]]);
    message
      .addSegment("PID")
      .setField(3, [["1", undefined, undefined, ["HOSP", "1.2", "ISO"], "MR", undefined], "2"])
      .setField(5, [["Müller", "J&K"]])
      .setField(8, []);
    expect(Buffer.from(message.serialise()).toString("latin1")).toBe(
      "MSH|^~\\&|FASCIA||||||ADT^A01^ADT_A01|||||||||8859/1\rPID|||1^^^HOSP&1.2&ISO^MR~2||Müller^J\\T\\K\r",
    );
  });
});

describe("refusing", () => {
  it.each([
    ["nothing", "", "empty"],
    ["blank lines", "\r\n\n", "empty"],
    ["something else", "PID|1\r", "must begin with MSH"],
    ["a batch", "FHS|^~\\&\rMSH|^~\\&\r", "split"],
    ["a frame", "\x0bMSH|^~\\&\r\x1c\r", "MLLP"],
    ["UTF-16", "\xff\xfeM\0S\0H\0", "UTF-16"],
    ["no delimiters", "MSH", "field 1"],
    ["a letter as field separator", "MSHA^~\\&", "field 1"],
    ["no encoding characters", "MSH||A", "field 2"],
    ["too many encoding characters", "MSH|^~\\&#!|A", "field 2"],
    ["a delimiter used twice", "MSH|^~\\^|A", "differ"],
    ["a broken line", "MSH|^~\\&|A\rPID|1\rSECRET of the patient\rPV1|1", "segment 3 (after PID)"],
    ["a batch behind it", "MSH|^~\\&|A\rBHS|^~\\&\r", "segment 2 (BHS)"],
    ["a second message", "MSH|^~\\&|A\rPID|1\rMSH|^~\\&|B\r", "segment 3 (MSH)"],
  ])("says what is wrong with %s, and quotes none of it", (_what, input, expected) => {
    const error = catchError(() => Message.parse(Buffer.from(input, "latin1")).segments);
    expect(error).toMatchObject({ code: "Hl7v2Syntax", message: expect.stringContaining(expected) });
    expect(error).toMatchObject({ message: expect.not.stringContaining("SECRET") });
  });

  it("takes a line feed in the text of a message whose segments end with CR for a part of the text", () => {
    expect(parse("MSH|^~\\&|A\rNTE|1||one\ntwo\rPID|1").get("NTE-3")).toBe("one\ntwo");
  });
});

describe("the JSON form", () => {
  it("names every value by place", () => {
    expect(parse(ADT).toJson().slice(1, 4)).toEqual([
      {
        segment: "PID",
        "1.1": "1",
        "3.1": "100001",
        "3.4": "HOSP",
        "3.4.2": "1.2.3",
        "3.4.3": "ISO",
        "3.5": "MR",
        "3[1].1": "200002",
        "3[1].4": "OTHER",
        "3[1].5": "MR",
        "5.1": "Example",
        "5.2": "Erika",
        "5.3": "M&M",
        "7.1": "19800212",
        "8.1": "F",
      },
      { segment: "OBX", "1.1": "1", "2.1": "TX", "5.1": "first" },
      { segment: "OBX", "1.1": "2", "2.1": "TX", "5.1": HL7_NULL },
    ]);
  });

  it("becomes the same message again", () => {
    expect(text(fromSegmentsJson(parse(ADT).toJson()))).toBe(ADT);
  });

  it("keeps all of MSH-18, and writes in what it names", () => {
    const segments = [
      { segment: "MSH", "1": "|", "2": "^~\\&", "18[1].1": "ISO IR87" },
      { segment: "PID", "5.1": "山田" },
    ];
    const message = fromSegmentsJson(segments);
    expect(text(message)).toBe("MSH|^~\\&||||||||||||||||~ISO IR87\rPID|||||\x1b$B;3ED\x1b(B\r");
    expect(Message.parse(message.serialise()).toJson()).toEqual(segments);
  });

  it("takes short places and numbers, and leaves out what is null", () => {
    const message = fromSegmentsJson([
      { segment: "MSH", 10: "X", 18: "8859/1" },
      { segment: "PID", 1: 1, "3[0].1": "ä", 8: null },
    ]);
    expect(Buffer.from(message.serialise()).toString("latin1")).toBe("MSH|^~\\&||||||||X||||||||8859/1\rPID|1||ä\r");
  });

  it.each([
    ["no array", {}, "the message"],
    ["no segments", [], "the message"],
    ["no MSH", [{ segment: "PID" }], "segment 1"],
    ["two MSH", [{ segment: "MSH" }, { segment: "MSH" }], "segment 2"],
    ["a batch's segment", [{ segment: "MSH" }, { segment: "FHS" }], "segment 2"],
    ["a bad name", [{ segment: "MSH" }, { segment: "SECRET" }], "segment 2"],
    ["a bad place", [{ segment: "MSH" }, { segment: "PID", "8": "F", SECRET: "x" }], "segment 2 (PID), key 2"],
    ["an object as value", [{ segment: "MSH", "3": { a: "SECRET" } }], "segment 1 (MSH), field 3"],
    ["a place out of bounds", [{ segment: "MSH" }, { segment: "PID", "100000000": "x" }], "segment 2 (PID), key 1"],
  ])("is refused with %s, by position", (_what, json, expected) => {
    const error = catchError(() => fromSegmentsJson(json));
    expect(error).toMatchObject({ code: "Hl7v2Invalid", message: expect.stringContaining(expected) });
    expect(error).toMatchObject({ message: expect.not.stringContaining("SECRET") });
  });
});

function catchError(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    return error;
  }
}
