import { FasciaError } from "../../base/errors.ts";
import { asBuffer } from "./raw.ts";
import type { Message } from "./message.ts";

/**
 * A message is read and converted in one go, while nothing else of the process runs. These keep it well under a second
 * and are far beyond what any sender has to say.
 */
export const MAX_SEGMENTS = 10_000;
/** Delimiters and line ends together: about as many as there are fields, repetitions and components. */
export const MAX_PARTS = 250_000;

const LINE_ENDS = "\r\n";

/** Throws FasciaError `Hl7v2TooLarge` for a message of more parts than may be converted in one go; takes milliseconds. */
export function checkSize(bytes: Uint8Array, message: Message): void {
  if (hasMoreParts(bytes, message)) throw tooLarge(MAX_PARTS, "fields, repetitions and components");
  if (message.segments.length > MAX_SEGMENTS) throw tooLarge(MAX_SEGMENTS, "segments");
}

function hasMoreParts(bytes: Uint8Array, { delimiters }: Message): boolean {
  if (bytes.length <= MAX_PARTS) return false;
  const { field, repetition, component, subcomponent } = delimiters;
  const buffer = asBuffer(bytes);
  let left = MAX_PARTS;
  for (const delimiter of field + repetition + component + subcomponent + LINE_ENDS) {
    const byte = delimiter.charCodeAt(0);
    for (let at = buffer.indexOf(byte); at >= 0; at = buffer.indexOf(byte, at + 1)) if (--left < 0) return true;
  }
  return false;
}

function tooLarge(most: number, what: string): FasciaError {
  const message = `the message has more than ${most} ${what}, the most that is converted in one go: have the sender split it`;
  return new FasciaError("Hl7v2TooLarge", message);
}
