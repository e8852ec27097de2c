import { FasciaError } from "../../base/errors.ts";
import { type Header, NO_HEADER, readHeader } from "../../formats/hl7v2/header.ts";
import type { Received } from "../adapter.ts";
import { CR, VT } from "./framer.ts";

/** What a block holds. `header` is what an answer is made of; where MSH can't be read, one that says nothing. */
export type Inspected =
  | { kind: "Message"; header: Header; received: Received }
  /** An acknowledgment. It is not answered: two systems would acknowledge each other for ever. */
  | { kind: "Acknowledgment"; header: Header }
  /** No message that could be stored; `text` and `errorCode` (HL7 table 0357) tell the sender why. */
  | { kind: "Invalid"; header: Header; text: string; errorCode: string };

/** Looks at a block's MSH segment, and that it is the only one. Everything behind it is for the normaliser to judge. */
export function inspect(body: Buffer): Inspected {
  const header = tryReadHeader(body);
  if (header instanceof FasciaError)
    return { kind: "Invalid", header: NO_HEADER, text: header.message, errorCode: "100" };
  if (header.messageCode === "ACK") return { kind: "Acknowledgment", header };
  if (header.controlId === "" || header.controlId === '""')
    return { kind: "Invalid", header, text: "MSH-10 (message control id) is empty", errorCode: "101" };
  if (holdsSecondMessage(body))
    return { kind: "Invalid", header, text: "a second message begins before this one's end block", errorCode: "100" };
  return { kind: "Message", header, received: receivedFrom(body, header) };
}

function receivedFrom(body: Buffer, header: Header): Received {
  const { sendingApplication, sendingFacility, controlId, time, triggerEvent } = header;
  return {
    body,
    dialect: "hl7v2",
    identity: [sendingApplication, sendingFacility, controlId],
    ...(time !== "" && { messageTime: time }),
    // An event becomes part of names outside of payloads: only what has the form of one counts.
    ...(/^[A-Za-z0-9_-]{1,64}$/.test(triggerEvent) && { event: triggerEvent }),
  };
}

function tryReadHeader(body: Buffer): Header | FasciaError {
  try {
    return readHeader(body);
  } catch (error) {
    if (error instanceof FasciaError) return error;
    throw error;
  }
}

const LF = 0x0a;
const MSH = Buffer.from("MSH");
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * Whether another MSH segment follows the first: at a segment's start, or behind a start block. So it looks when a
 * sender broke off within a message and began again, or left out an end block. Taken as one message, the second
 * patient's segments would be read as the first one's.
 */
function holdsSecondMessage(body: Buffer): boolean {
  const first = body.indexOf(MSH);
  const separator = body[first + 3];
  for (let at = body.indexOf(MSH, first + 3); at >= 0; at = body.indexOf(MSH, at + 3)) {
    const start = body.subarray(at - 3, at).equals(BOM) ? at - 3 : at;
    const before = body[start - 1];
    const begins = before === CR || before === LF || before === VT;
    if (begins && body[at + 3] === separator) return true;
  }
  return false;
}
