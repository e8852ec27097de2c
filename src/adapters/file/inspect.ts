import { FasciaError, safeReason } from "../../base/errors.ts";
import { isJson } from "../../base/json.ts";
import { readHeader } from "../../formats/hl7v2/header.ts";
import { splitMessages } from "../../formats/hl7v2/split.ts";
import type { Received } from "../adapter.ts";
import { BOM } from "./cutter.ts";

/** Which file a message comes from, and where in it. */
export interface Place {
  name: string;
  /** Time of the file's last change: a new file of the same name is another one. Milliseconds. */
  modifiedMs: number;
  /** Line, or number of the message, from 1. */
  number: number;
}

/** What a piece of a file holds. */
export type Inspected =
  | { kind: "Messages"; messages: Received[] }
  /** Blank lines, or the envelope of a batch. */
  | { kind: "Nothing" }
  | { kind: "Malformed"; reason: string };

/**
 * A line of NDJSON, without its line end, as it was written. A line has nothing that identifies it, so its place does;
 * a file that is read again after a restart gives each line the same identity again.
 */
export function inspectLine(bytes: Buffer, place: Place): Inspected {
  const line = withoutEnd(withoutBom(bytes));
  if (isBlank(line)) return { kind: "Nothing" };
  if (!isJson(line)) return { kind: "Malformed", reason: "no JSON document in UTF-8" };
  return { kind: "Messages", messages: [{ body: line, dialect: "json", identity: identityOf(place) }] };
}

/** An HL7 v2 message with what its batch may have left around it; identified as over MLLP, or by its place without MSH-10. */
export function inspectHl7(bytes: Buffer, place: Place): Inspected {
  if (isBlank(bytes)) return { kind: "Nothing" };
  try {
    const messages = splitMessages(bytes).map((body) => hl7Message(Buffer.from(body), place));
    return messages.length === 0 ? { kind: "Nothing" } : { kind: "Messages", messages };
  } catch (error) {
    if (error instanceof FasciaError) return { kind: "Malformed", reason: safeReason(error) };
    throw error;
  }
}

function hl7Message(body: Buffer, place: Place): Received {
  const { sendingApplication, sendingFacility, controlId, time, triggerEvent } = readHeader(body);
  return {
    body,
    dialect: "hl7v2",
    identity: controlId === "" ? identityOf(place) : [sendingApplication, sendingFacility, controlId],
    ...(time !== "" && { messageTime: time }),
    // An event becomes part of names outside of payloads: only what has the form of one counts.
    ...(/^[A-Za-z0-9_-]{1,64}$/.test(triggerEvent) && { event: triggerEvent }),
  };
}

const identityOf = ({ name, modifiedMs, number }: Place): string[] => [name, String(modifiedMs), String(number)];

function withoutBom(bytes: Buffer): Buffer {
  return bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
}

function withoutEnd(line: Buffer): Buffer {
  const end = line.at(-1) === 0x0a ? line.length - 1 : line.length;
  return line.subarray(0, end > 0 && line[end - 1] === 0x0d ? end - 1 : end);
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d));
}
