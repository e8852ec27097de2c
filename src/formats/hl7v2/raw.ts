/**
 * Bytes as a string of their own values (U+0000 to U+00FF). Values are cut out of it with the engine's string
 * functions, which are much faster than loops over bytes; nothing is lost by it, and slices share their memory.
 */
export type Raw = string;

/** The bytes as a Buffer, for its fast search; shares their memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

export function toRaw(bytes: Uint8Array): Raw {
  return asBuffer(bytes).toString("latin1");
}

export function fromRaw(raw: Raw): Buffer {
  return Buffer.from(raw, "latin1");
}
