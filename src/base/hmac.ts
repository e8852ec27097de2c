import { createHash, hash } from "node:crypto";

/** Length of what SHA-256 takes at once, bytes. */
const BLOCK = 64;
const DIGEST = 32;
/** Room for what is hashed at once behind a key's block; most texts are ids and need a tenth of it. */
const ROOM = 1024;
/** Bytes of a UTF-16 code unit in UTF-8, at most. */
const MAX_UNIT = 3;

/** A key as HMAC uses it: its two blocks, each with room behind it for what is hashed with it. */
interface Prepared {
  inner: Buffer;
  outer: Buffer;
}

/** Keys are few and last as long as the process. */
const prepared = new WeakMap<Uint8Array, Prepared>();

/**
 * HMAC-SHA-256 (RFC 2104) of the parts, each with its length before it. `secret` must not change after its first use.
 * Made of two hashes, since the engine's own Hmac costs three to five times as much for a short text.
 */
export function hmac(secret: Uint8Array, parts: (string | Uint8Array)[], encoding: "hex" | "base64url"): string {
  let key = prepared.get(secret);
  if (!key) prepared.set(secret, (key = prepare(secret)));
  key.outer.write(innerHash(key.inner, parts), BLOCK, "binary");
  return hash("sha256", key.outer, encoding);
}

function prepare(secret: Uint8Array): Prepared {
  const block = Buffer.alloc(BLOCK);
  block.set(secret.length > BLOCK ? createHash("sha256").update(secret).digest() : secret);
  const inner = Buffer.alloc(BLOCK + ROOM);
  const outer = Buffer.alloc(BLOCK + DIGEST);
  for (const [at, byte] of block.entries()) {
    inner[at] = byte ^ 0x36;
    outer[at] = byte ^ 0x5c;
  }
  return { inner, outer };
}

/** Each call into the engine costs as much as hashing a short text, so texts are gathered. */
function innerHash(inner: Buffer, parts: (string | Uint8Array)[]): string {
  let long: ReturnType<typeof createHash> | undefined;
  let text = "";
  for (const part of parts) {
    text += `${part.length}:`;
    if (typeof part === "string") text += part;
    else {
      long = (long ?? createHash("sha256").update(inner.subarray(0, BLOCK))).update(text).update(part);
      text = "";
    }
  }
  if (long) return long.update(text).digest("binary");
  if (text.length * MAX_UNIT <= ROOM)
    return hash("sha256", inner.subarray(0, BLOCK + inner.write(text, BLOCK)), "binary");
  return createHash("sha256").update(inner.subarray(0, BLOCK)).update(text).digest("binary");
}
