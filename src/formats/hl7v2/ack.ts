import { type Delimiters, checkDelimiters } from "./delimiters.ts";
import { escapeText } from "./escape.ts";
import type { Header } from "./header.ts";
import { Message } from "./message.ts";
import { type Raw, fromRaw } from "./raw.ts";
import { syntaxError } from "./syntax.ts";

/** HL7 table 0008. */
export type AckCode = "AA" | "AE" | "AR" | "CA" | "CE" | "CR";

export interface AckDetails {
  code: AckCode;
  /** For people: MSA-3, and ERR-8 where there is an error code. Our own words, never the sender's. */
  text?: string;
  /** HL7 table 0357, e.g. `207`. */
  errorCode?: string;
  now: Date;
  /** The acknowledgment's own MSH-10. */
  controlId: string;
}

export interface Ack {
  code: AckCode;
  /** MSA-2 as written, each byte one character; the MSH-10 of what is acknowledged. */
  controlId: string;
  /** HL7 table 0357, where the peer gave one. */
  errorCode?: string;
}

const CODES: ReadonlySet<string> = new Set<AckCode>(["AA", "AE", "AR", "CA", "CE", "CR"]);

/**
 * The general acknowledgment (HL7 v2.9 chapter 2, 2.9.2 and 2.13.1) of the message with `header`, in its delimiters,
 * version and character set. MSA-2 repeats MSH-10 byte by byte. Errors go to ERR-3 since v2.5, to ERR-1 before.
 */
export function buildAck(header: Header, details: AckDetails): Uint8Array {
  const delimiters = checkDelimiters(header.fieldSeparator, [...header.encodingCharacters]);
  const segments = [mshOf(header, details, delimiters), msaOf(header, details, delimiters)];
  if (details.errorCode !== undefined) segments.push(errOf(header, details.errorCode, details.text ?? "", delimiters));
  return fromRaw(segments.map((fields) => `${fields.join(delimiters.field)}\r`).join(""));
}

function mshOf(header: Header, details: AckDetails, delimiters: Delimiters): Raw[] {
  const type = header.triggerEvent === "" ? ["ACK"] : ["ACK", header.triggerEvent, "ACK"];
  const fields = [
    "MSH",
    header.encodingCharacters,
    header.receivingApplication,
    header.receivingFacility,
    header.sendingApplication,
    header.sendingFacility,
    timestamp(details.now),
    "",
    delimiters.component === "" ? "ACK" : type.join(delimiters.component),
    ours(details.controlId, delimiters),
    header.processingId || "P",
    header.version || "2.5.1",
  ];
  return header.charset === "" ? fields : [...fields, "", "", "", "", "", header.charset];
}

function msaOf(header: Header, details: AckDetails, delimiters: Delimiters): Raw[] {
  const fields = ["MSA", details.code, header.controlId];
  return details.text === undefined ? fields : [...fields, ours(details.text, delimiters)];
}

function errOf(header: Header, errorCode: string, text: string, delimiters: Delimiters): Raw[] {
  const { component, subcomponent } = delimiters;
  const code = [ours(errorCode, delimiters), "", "HL70357"];
  if (isBefore25(header.version)) return ["ERR", `${component.repeat(3)}${code.join(subcomponent)}`];
  return ["ERR", "", "", code.join(component), "E", "", "", "", ours(text, delimiters)];
}

/** Text of ours is ASCII; a delimiter that cannot be escaped is left out rather than taken for one. */
function ours(text: string, delimiters: Delimiters): Raw {
  const ascii = text.replace(/[^\x20-\x7e]/g, " ");
  const escaped = escapeText(ascii, delimiters);
  if (escaped !== undefined) return escaped;
  return [...ascii].filter((char) => !Object.values(delimiters).includes(char)).join("");
}

function isBefore25(version: string): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)/.exec(version) ?? [];
  return major !== undefined && (Number(major) < 2 || (Number(major) === 2 && Number(minor) < 5));
}

/** `YYYYMMDDHHMMSS+0000` (HL7 v2.9 chapter 2A, DTM). */
function timestamp(time: Date): string {
  return `${time.toISOString().slice(0, 19).replace(/[-:T]/g, "")}+0000`;
}

/** Reads an acknowledgment; texts in it are left aside, as a peer may quote the message. Throws FasciaError `Hl7v2Syntax`. */
export function readAck(bytes: Uint8Array): Ack {
  const message = Message.parse(bytes);
  const msa = message.segment("MSA");
  if (!msa) throw syntaxError("the acknowledgment", "has no MSA segment");
  const code = msa.text(1)?.trim().toUpperCase() ?? "";
  if (!isAckCode(code)) throw syntaxError("segment MSA, field 1", "must be AA, AE, AR, CA, CE or CR");
  const errorCode = errorCodeOf(message);
  return { code, controlId: msa.field(2).raw, ...(errorCode === undefined ? {} : { errorCode }) };
}

function isAckCode(code: string): code is AckCode {
  return CODES.has(code);
}

/** ERR-3.1 since v2.5, ERR-1.4.1 and MSA-6.1 before; codes only, so that no text of the peer's comes through. */
function errorCodeOf(message: Message): string | undefined {
  for (const path of ["ERR-3", "ERR-1.4", "MSA-6"]) {
    const code = message.get(path);
    if (code !== undefined && /^[0-9]{1,6}$/.test(code)) return code;
  }
  return undefined;
}
