import { describe, expect, it } from "vitest";
import { type Ack, type AckDetails, buildAck, readAck } from "./ack.ts";
import { NO_HEADER, readHeader } from "./header.ts";

const now = new Date("2026-11-14T08:30:05.123Z");
const accept: AckDetails = { code: "AA", now, controlId: "ack-1" };
const ack = (message: string, details: AckDetails): string =>
  Buffer.from(buildAck(readHeader(Buffer.from(message, "latin1")), details)).toString("latin1");

const read = (text: string): Ack => readAck(Buffer.from(text, "latin1"));

describe("buildAck", () => {
  it("answers to the sender, with its control id, version and character set", () => {
    expect(
      ack("MSH|^~\\&|EHR^1^ISO|GENERAL|HUB|GROUP|2026||ADT^A01|M\\F\\\xfc|T|2.5.1||||||8859/1\rPID|1", accept),
    ).toBe(
      "MSH|^~\\&|HUB|GROUP|EHR^1^ISO|GENERAL|20261114083005+0000||ACK^A01^ACK|ack-1|T|2.5.1||||||8859/1\rMSA|AA|M\\F\\\xfc\r",
    );
  });

  it("says why, in ERR-3 since v2.5 and in ERR-1 before", () => {
    const refuse: AckDetails = { ...accept, code: "AE", text: "PID|3 missing", errorCode: "101" };
    expect(ack("MSH|^~\\&|||||||ADT^A01|1|P|2.5\r", refuse)).toContain(
      "MSA|AE|1|PID\\F\\3 missing\rERR|||101^^HL70357|E||||PID\\F\\3 missing\r",
    );
    expect(ack("MSH|^~\\&|||||||ADT^A01|1|P|2.3.1\r", refuse)).toContain("\rERR|^^^101&&HL70357\r");
  });

  it("speaks in the sender's delimiters", () => {
    expect(ack("MSH$*%!+$A$B$$$$$ADT*A01$1$P$2.5\r", { ...accept, text: "5$" })).toBe(
      "MSH$*%!+$$$A$B$20261114083005+0000$$ACK*A01*ACK$ack-1$P$2.5\rMSA$AA$1$5!F!\r",
    );
    expect(ack("MSH|^|A\r", { ...accept, text: "a|b^c" })).toContain("MSA|AA||abc\r");
  });

  it("answers even where no header could be read", () => {
    expect(Buffer.from(buildAck(NO_HEADER, { ...accept, code: "AR" })).toString()).toBe(
      "MSH|^~\\&|||||20261114083005+0000||ACK|ack-1|P|2.5.1\rMSA|AR|\r",
    );
  });
});

describe("readAck", () => {
  it.each([
    ["MSA|AA|X1\r", { code: "AA", controlId: "X1" }],
    ["MSA|ce|X\\F\\\xe4|some text\r", { code: "CE", controlId: "X\\F\\\xe4" }],
    ["MSA|AE|1\rERR|||207^Application error^HL70357|E\r", { code: "AE", controlId: "1", errorCode: "207" }],
    ["MSA|AR|1\rERR|PID^1^3^101&missing&HL70357\r", { code: "AR", controlId: "1", errorCode: "101" }],
    ["MSA|AR|1||||103\r", { code: "AR", controlId: "1", errorCode: "103" }],
    ["MSA|AE|1\rERR|||patient Example\r", { code: "AE", controlId: "1" }],
  ])("reads %j", (segments, expected) => {
    expect(read(`MSH|^~\\&|A\r${segments}`)).toEqual(expected);
  });

  it("reads what buildAck wrote", () => {
    const details: AckDetails = { ...accept, code: "CR", text: "full", errorCode: "207" };
    expect(read(ack("MSH|^~\\&|||||||ADT^A01|id-7|P|2.5.1\r", details))).toEqual({
      code: "CR",
      controlId: "id-7",
      errorCode: "207",
    });
  });

  it.each(["MSH|^~\\&|A\r", "MSH|^~\\&|A\rMSA|OK|1\r", "MSH|^~\\&|A\rMSA\r", "garbage"])("refuses %j", (text) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "Hl7v2Syntax" }));
  });
});
