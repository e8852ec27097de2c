import { createHash } from "node:crypto";
import { hmac } from "./hmac.ts";

/** A named HMAC key. The id stands in front of every hash made with it, so that keys can be rotated. */
export interface HashKey {
  id: string;
  secret: Uint8Array;
}

/**
 * `<key id>.<hash>`: HMAC-SHA-256 (RFC 2104) of the parts, truncated to 128 bits, base64url. The only form in which
 * anything derived from a payload may stand outside one. Parts are length-prefixed, so ("a","bc") differs from ("ab","c").
 */
export function keyedHash(key: HashKey, ...parts: (string | Uint8Array)[]): string {
  return `${key.id}.${hmac(key.secret, parts, "base64url").slice(0, 22)}`;
}

/** JSON with sorted object keys: equal values give equal text, whatever order they were written in. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, v: unknown) =>
    v !== null && typeof v === "object" && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  );
}

/** First 16 hex digits of the SHA-256 of `value`'s canonical JSON. For configuration only, never for payloads. */
export function contentHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex").slice(0, 16);
}
