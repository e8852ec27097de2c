import { hmac } from "../../base/hmac.ts";

/**
 * A UUID (RFC 9562, version 8) from HMAC-SHA-256 of the parts: the same parts under the same key give the same id, and
 * nobody without the key can find the parts by trying. Parts are length-prefixed, so ("a","bc") differs from ("ab","c").
 * `key` must not change after its first use.
 */
export function resourceUuid(key: Uint8Array, ...parts: string[]): string {
  const hex = hmac(key, parts, "hex");
  const variant = ((Number.parseInt(hex[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
