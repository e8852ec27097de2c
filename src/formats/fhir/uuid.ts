import { hash } from "node:crypto";

/** Of SHA-256. */
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** A key as HMAC-SHA-256 uses it (RFC 2104): filled up to a block, and combined with two constants. */
interface Pads {
  inner: Buffer;
  outer: Buffer;
}

/** Keys are few and live long; node:crypto's own HMAC prepares the key anew each time, which costs more than the hash. */
const prepared = new WeakMap<Uint8Array, Pads>();

/**
 * A UUID (RFC 9562, version 8) from HMAC-SHA-256 of the parts: the same parts under the same key give the same id, and
 * nobody without the key can find the parts by trying. Parts are length-prefixed, so ("a","bc") differs from ("ab","c").
 * `key` must not change after its first use.
 */
export function resourceUuid(key: Uint8Array, ...parts: string[]): string {
  let text = "";
  for (const part of parts) text += `${part.length}:${part}`;
  const { inner, outer } = padsOf(key);
  const message = Buffer.allocUnsafe(BLOCK_BYTES + Buffer.byteLength(text));
  message.set(inner);
  message.write(text, BLOCK_BYTES);
  const last = Buffer.allocUnsafe(BLOCK_BYTES + HASH_BYTES);
  last.set(outer);
  last.set(hash("sha256", message, "buffer"), BLOCK_BYTES);
  const hex = hash("sha256", last, "hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function padsOf(key: Uint8Array): Pads {
  let pads = prepared.get(key);
  if (!pads) {
    const block = Buffer.alloc(BLOCK_BYTES);
    block.set(key.length > BLOCK_BYTES ? hash("sha256", key, "buffer") : key);
    pads = { inner: block.map((byte) => byte ^ 0x36) as Buffer, outer: block.map((byte) => byte ^ 0x5c) as Buffer };
    prepared.set(key, pads);
  }
  return pads;
}
