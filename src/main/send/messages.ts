import { readFile } from "node:fs/promises";
import { FasciaError, safeReason } from "../../base/errors.ts";
import { readHeader } from "../../formats/hl7v2/header.ts";
import { splitMessages } from "../../formats/hl7v2/split.ts";

/** A message ready to be sent, any number of times. */
export interface Sendable {
  /** The message, and its MSH-10; under `controlId` as a new MSH-10 where that is given. */
  build(controlId?: string): { bytes: Uint8Array; controlId: string };
}

/**
 * All messages of `files` in their order (`-` is standard input). A file may hold several, framed or not, in a batch
 * or not. Throws a FasciaError that names file and number of what can't be sent.
 */
export async function loadMessages(files: string[], stdin: AsyncIterable<Uint8Array>): Promise<Sendable[]> {
  const messages: Sendable[] = [];
  for (const file of files) {
    const found = split(await read(file, stdin), file);
    if (found.length === 0) throw new FasciaError("NoMessage", `${file}: no HL7 v2 message (no MSH segment)`);
    found.forEach((bytes, i) => messages.push(sendable(bytes, `${file}, message ${i + 1}`)));
  }
  return messages;
}

function split(bytes: Uint8Array, name: string): Uint8Array[] {
  try {
    return splitMessages(bytes);
  } catch (error) {
    throw new FasciaError("Hl7v2Syntax", `${name}: ${safeReason(error)}`, { cause: error });
  }
}

async function read(file: string, stdin: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  try {
    if (file !== "-") return await readFile(file);
    const pieces: Uint8Array[] = [];
    for await (const piece of stdin) pieces.push(piece);
    return Buffer.concat(pieces);
  } catch (cause) {
    throw new FasciaError("FileUnreadable", `cannot read ${file}: ${safeReason(cause)}`, { cause });
  }
}

function sendable(message: Uint8Array, name: string): Sendable {
  const bytes = Buffer.from(message.buffer, message.byteOffset, message.length);
  const own = controlIdOf(bytes, name);
  const { before, after } = aroundControlId(bytes);
  return {
    build: (controlId) =>
      controlId === undefined
        ? { bytes, controlId: own }
        : { bytes: Buffer.concat([before, Buffer.from(controlId), after]), controlId },
  };
}

function controlIdOf(bytes: Buffer, name: string): string {
  try {
    const { controlId } = readHeader(bytes);
    if (controlId !== "") return controlId;
  } catch (error) {
    throw new FasciaError("Hl7v2Syntax", `${name}: ${safeReason(error)}`, { cause: error });
  }
  throw new FasciaError("Hl7v2Syntax", `${name}: MSH-10 is empty: an acknowledgment could not name the message`);
}

/** MSH-1 is the separator itself, so MSH-10 stands behind the ninth one. */
function aroundControlId(bytes: Buffer): { before: Buffer; after: Buffer } {
  const separatorAt = bytes.indexOf("MSH") + 3;
  const separator = bytes[separatorAt] as number;
  let start = separatorAt + 1;
  for (let i = 1; i < 9; i++) start = bytes.indexOf(separator, start) + 1;
  let end = start;
  while (end < bytes.length && bytes[end] !== separator && bytes[end] !== 0x0d && bytes[end] !== 0x0a) end++;
  return { before: bytes.subarray(0, start), after: bytes.subarray(end) };
}
