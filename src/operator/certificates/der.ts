/**
 * The few pieces of DER (ITU-T X.690) that a certificate is written in. Writing only: certificates are read by Node's
 * own X509Certificate.
 */
type Bytes = Uint8Array;

function value(tag: number, ...contents: Bytes[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), length(content.length), content]);
}

/** X.690, 8.1.3: one byte up to 127, otherwise how many bytes follow and those. */
function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  const hex = bytes.toString(16);
  const digits = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  return Buffer.concat([Buffer.from([0x80 | digits.length]), digits]);
}

export const sequence = (...items: Bytes[]): Buffer => value(0x30, ...items);
export const set = (...items: Bytes[]): Buffer => value(0x31, ...items);
export const TRUE = value(0x01, Buffer.from([0xff]));
export const octetString = (content: Bytes): Buffer => value(0x04, content);
export const utf8String = (text: string): Buffer => value(0x0c, Buffer.from(text));

/** `magnitude` is an unsigned number, most significant byte first, without leading zeros. */
export const integer = (magnitude: Bytes): Buffer =>
  value(0x02, (magnitude[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.alloc(1), magnitude]) : magnitude);

/** `unused` bits at the end of the last byte do not count. */
export const bitString = (content: Bytes, unused = 0): Buffer => value(0x03, Buffer.from([unused]), content);

/** A dotted object identifier whose second arc is below 40. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return value(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

function base128(arc: number): number[] {
  const digits = [arc & 0x7f];
  for (let left = arc >> 7; left > 0; left >>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

/** `[tag]` with a whole value within. */
export const explicit = (tag: number, content: Bytes): Buffer => value(0xa0 | tag, content);

/** `[tag]` in place of the tag of a primitive type. */
export const implicit = (tag: number, content: Bytes): Buffer => value(0x80 | tag, content);

/** Seconds since the epoch are cut off; UTCTime until 2049, GeneralizedTime from then on (RFC 5280, 4.1.2.5). */
export function time(at: number): Buffer {
  const text = `${new Date(at).toISOString().replace(/[-:T]|\..*$/g, "")}Z`;
  return text < "2050" ? value(0x17, Buffer.from(text.slice(2))) : value(0x18, Buffer.from(text));
}
