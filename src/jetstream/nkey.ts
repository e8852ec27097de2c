import { nkeys } from "@nats-io/nats-core";

/** What a NATS key stands for; the first letter of its public key is O, A or U. */
export type KeyKind = "operator" | "account" | "user";

/** First bytes of a seed's text: S, and the letter of the kind (ADR-14). */
const PREFIXES: Record<KeyKind, [number, number]> = {
  operator: [144 | (112 >> 5), (112 & 31) << 3],
  account: [144, 0],
  user: [144 | (160 >> 5), (160 & 31) << 3],
};
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/**
 * Text of the seed (`SO…`, `SA…`, `SU…`) that 32 bytes are the secret of. The client makes seeds of its own randomness
 * only; ours may be derived.
 */
export function seedOf(kind: KeyKind, secret: Uint8Array): string {
  const bytes = Buffer.from([...PREFIXES[kind], ...secret]);
  const checksum = Buffer.alloc(2);
  checksum.writeUInt16LE(crc16(bytes));
  return base32(Buffer.concat([bytes, checksum]));
}

/** Public key of a seed. Throws an NKeysError where it is none. */
export const publicKeyOf = (seed: string): string => nkeys.fromSeed(Buffer.from(seed)).getPublicKey();

/** CRC-16/XMODEM. */
function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit++) crc = ((crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff) >>> 0;
  }
  return crc;
}

/** RFC 4648, without padding. */
function base32(bytes: Uint8Array): string {
  let text = "";
  let held = 0;
  let bits = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >>> (bits - 5)) & 31];
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + ALPHABET[(held << (5 - bits)) & 31] : text;
}
