import { isUtf8 } from "node:buffer";

/** `value` as JSON in UTF-8; undefined for what JSON does not know (undefined, functions, cycles, big integers). */
export function encodeJson(value: unknown): Buffer | undefined {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : Buffer.from(text);
  } catch {
    return undefined;
  }
}

/** Whether `bytes` are one JSON document in UTF-8 without byte order mark (RFC 8259). */
export function isJson(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
}
