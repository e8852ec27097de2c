import { encodingCharacters, readDelimiters } from "./delimiters.ts";
import { type Raw, asBuffer } from "./raw.ts";
import { endOfLine, findHeader } from "./scan.ts";
import { syntaxError } from "./syntax.ts";

/**
 * What MSH says (HL7 v2.9 chapter 2, 2.13.9), without a look at the rest of the message. Values are as written,
 * with components and escapes, each byte one character U+0000 to U+00FF: an acknowledgment can repeat them exactly.
 * What MSH leaves out is the empty string.
 */
export interface Header {
  /** MSH-1. */
  fieldSeparator: string;
  /** MSH-2. */
  encodingCharacters: string;
  /** MSH-3. */
  sendingApplication: string;
  /** MSH-4. */
  sendingFacility: string;
  /** MSH-5. */
  receivingApplication: string;
  /** MSH-6. */
  receivingFacility: string;
  /** MSH-7. */
  time: string;
  /** MSH-9.1, e.g. `ADT`. */
  messageCode: string;
  /** MSH-9.2, e.g. `A01`. */
  triggerEvent: string;
  /** MSH-9.3, e.g. `ADT_A01`. */
  structure: string;
  /** MSH-10. */
  controlId: string;
  /** MSH-11.1. */
  processingId: string;
  /** MSH-12.1, e.g. `2.5.1`. */
  version: string;
  /** MSH-15. */
  acceptAck: string;
  /** MSH-16. */
  applicationAck: string;
  /** MSH-18, all repetitions. */
  charset: string;
}

/** What an answer is made of where no header could be read. */
export const NO_HEADER: Header = {
  fieldSeparator: "|",
  encodingCharacters: "^~\\&",
  sendingApplication: "",
  sendingFacility: "",
  receivingApplication: "",
  receivingFacility: "",
  time: "",
  messageCode: "",
  triggerEvent: "",
  structure: "",
  controlId: "",
  processingId: "",
  version: "",
  acceptAck: "",
  applicationAck: "",
  charset: "",
};

/** Bytes in which MSH must end; real ones have a few hundred. */
const MAX_HEADER_BYTES = 65_536;
const LAST_FIELD = 18;

/** Reads MSH alone; cheap however long the message is. Throws FasciaError `Hl7v2Syntax`. */
export function readHeader(bytes: Uint8Array): Header {
  const within = asBuffer(bytes).subarray(0, MAX_HEADER_BYTES);
  const start = findHeader(within);
  const delimiters = readDelimiters(within, start);
  const end = endOfLine(within, start);
  if (end === MAX_HEADER_BYTES && bytes.length > end) {
    throw syntaxError(
      "segment 1 (MSH)",
      `must end within ${MAX_HEADER_BYTES} bytes; end segments with a carriage return`,
    );
  }
  // fields[n] is MSH-(n + 1): MSH-1 is the separator itself.
  const fields = within.toString("latin1", start, end).split(delimiters.field, LAST_FIELD);
  const field = (n: number): Raw => fields[n - 1] ?? "";
  const [messageCode = "", triggerEvent = "", structure = ""] = parts(field(9), delimiters.component);
  return {
    fieldSeparator: delimiters.field,
    encodingCharacters: encodingCharacters(delimiters),
    sendingApplication: field(3),
    sendingFacility: field(4),
    receivingApplication: field(5),
    receivingFacility: field(6),
    time: field(7),
    messageCode,
    triggerEvent,
    structure,
    controlId: field(10),
    processingId: parts(field(11), delimiters.component)[0] ?? "",
    version: parts(field(12), delimiters.component)[0] ?? "",
    acceptAck: field(15),
    applicationAck: field(16),
    charset: field(18),
  };
}

function parts(raw: Raw, delimiter: string): Raw[] {
  return delimiter === "" ? [raw] : raw.split(delimiter);
}
