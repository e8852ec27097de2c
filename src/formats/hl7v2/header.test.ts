import { describe, expect, it } from "vitest";
import { NO_HEADER, readHeader } from "./header.ts";

describe("readHeader", () => {
  it("gives what MSH says, as written", () => {
    const text =
      "MSH|^~\\&|EHR^1.2^ISO|A\\T\\B|HUB|GROUP|20261114083000+0100|sec|ADT^A01^ADT_A01|MSG\xfc1|P^T|2.5.1^DEU|7||AL|NE|DEU|8859/1~ASCII|deu\rPID|1\r";
    expect(readHeader(Buffer.from(text, "latin1"))).toEqual({
      fieldSeparator: "|",
      encodingCharacters: "^~\\&",
      sendingApplication: "EHR^1.2^ISO",
      sendingFacility: "A\\T\\B",
      receivingApplication: "HUB",
      receivingFacility: "GROUP",
      time: "20261114083000+0100",
      messageCode: "ADT",
      triggerEvent: "A01",
      structure: "ADT_A01",
      controlId: "MSG\xfc1",
      processingId: "P",
      version: "2.5.1",
      acceptAck: "AL",
      applicationAck: "NE",
      charset: "8859/1~ASCII",
    });
  });

  it.each(["MSH|^~\\&", "MSH|^~\\&\n", "\ufeff\r\nMSH|^~\\&\r\nPID|1||2||3||||||||||||||||||4"])(
    "gives empty strings for what %j leaves out",
    (text) => {
      expect(readHeader(Buffer.from(text))).toEqual(NO_HEADER);
    },
  );

  it("reads declared delimiters", () => {
    expect(readHeader(Buffer.from("MSH#*$!+%#A######ADT*A08#id"))).toMatchObject({
      encodingCharacters: "*$!+%",
      messageCode: "ADT",
      triggerEvent: "A08",
      controlId: "id",
    });
  });

  it("ends at the first line end, whichever it is", () => {
    for (const end of ["\r", "\n", "\r\n"]) {
      expect(readHeader(Buffer.from(`MSH|^~\\&|A${end}PID|1|x|y${end}`)).sendingFacility).toBe("");
    }
  });

  it("refuses a header without end in bounded time", () => {
    const endless = Buffer.alloc(4 * 1024 * 1024, "|");
    endless.write("MSH|^~\\&");
    expect(() => readHeader(endless)).toThrow(expect.objectContaining({ code: "Hl7v2Syntax" }));
  });
});
