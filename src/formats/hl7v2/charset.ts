import iconv from "iconv-lite";
import { FasciaError } from "../../base/errors.ts";
import { decodeIso2022, encodeIso2022, maskIso2022 } from "./iso2022.ts";
import { type Raw, fromRaw, toRaw } from "./raw.ts";

/**
 * Character sets as MSH-18 names them (HL7 table 0211), with the names that senders use besides.
 *
 * Structure is found in bytes, so a set whose characters can contain the byte of a delimiter must say which bytes
 * belong to longer characters: `mask` replaces those, length unchanged. UTF-8, ISO 8859 and EUC have none.
 */
export interface Charset {
  /** As written in MSH-18. */
  label: string;
  /** Text of `raw`; what the set does not know becomes U+FFFD. */
  decode(raw: Raw): string;
  /** The same, but throws FasciaError `Hl7v2Charset` where anything would be lost. */
  decodeAll(raw: Raw): string;
  /** Throws FasciaError `Hl7v2Charset` for text that the set cannot say. */
  encode(text: string): Raw;
  mask?: (raw: Raw) => Raw;
}

interface Known {
  encoding: string;
  /** Bytes that begin a two-byte character whose second byte may be ASCII. */
  lead?: RegExp;
}

const GB_LEAD = /[\x81-\xfe][\x30-\xfe]/g;
const SHIFT_JIS_LEAD = /[\x81-\x9f\xe0-\xfc][\x40-\xfc]/g;

/** By label in upper case without punctuation. UTF-16 and UTF-32 are absent: MSH could not be read as bytes in them. */
const KNOWN: Record<string, Known> = {
  ASCII: { encoding: "ascii" },
  USASCII: { encoding: "ascii" },
  ISOIR6: { encoding: "ascii" },
  UNICODE: { encoding: "utf8" },
  UNICODEUTF8: { encoding: "utf8" },
  UTF8: { encoding: "utf8" },
  ISOIR14: { encoding: "iso2022" },
  ISOIR87: { encoding: "iso2022" },
  ISOIR159: { encoding: "iso2022" },
  ISO2022JP: { encoding: "iso2022" },
  EUCJP: { encoding: "eucjp" },
  SHIFTJIS: { encoding: "shiftjis", lead: SHIFT_JIS_LEAD },
  WINDOWS31J: { encoding: "shiftjis", lead: SHIFT_JIS_LEAD },
  GB2312: { encoding: "gbk", lead: GB_LEAD },
  GBK: { encoding: "gbk", lead: GB_LEAD },
  GB18030: { encoding: "gb18030", lead: GB_LEAD },
  GB180302000: { encoding: "gb18030", lead: GB_LEAD },
  KSX1001: { encoding: "cp949", lead: GB_LEAD },
  EUCKR: { encoding: "cp949", lead: GB_LEAD },
  BIG5: { encoding: "big5", lead: GB_LEAD },
};

const DEFAULT_LABEL = "UNICODE UTF-8";

/**
 * The character set for MSH-18's repetitions, else `fallback` (an adapter's setting), else UTF-8. Of several
 * repetitions the first that says more than ASCII counts. An unknown name is an error only once text outside ASCII
 * is read or written.
 */
export function charsetOf(declared: readonly string[], fallback = DEFAULT_LABEL): Charset {
  if (declared.length === 1) return charsetNamed(declared[0] || fallback);
  const named = declared.filter((label) => label !== "");
  const beyondAscii = named.find((label) => known(label)?.encoding !== "ascii");
  return charsetNamed(beyondAscii ?? named[0] ?? fallback);
}

/** Senders name few character sets; the bound is for one that invents them. */
const MAX_CACHED = 64;
const cache = new Map<string, Charset>();

export function charsetNamed(label: string): Charset {
  let charset = cache.get(label);
  if (!charset) {
    charset = makeCharset(label, known(label));
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(label, charset);
  }
  return charset;
}

export function isKnownCharset(label: string): boolean {
  return known(label) !== undefined;
}

function known(label: string): Known | undefined {
  const key = label.toUpperCase().replace(/[^A-Z0-9]/g, "");
  const iso = /^(?:ISO)?8859(\d|1[0-6])$/.exec(key);
  if (iso) return { encoding: `iso8859${iso[1]}` };
  const windows = /^(?:WINDOWS|CP)(125[0-8]|874)$/.exec(key);
  if (windows) return { encoding: `windows${windows[1]}` };
  return Object.hasOwn(KNOWN, key) ? KNOWN[key] : undefined;
}

function makeCharset(label: string, set: Known | undefined): Charset {
  if (!set) return unknownCharset(label);
  if (set.encoding === "utf8") return checked(label, (raw) => fromRaw(raw).toString("utf8"), encodeUtf8);
  if (set.encoding === "iso2022") return { ...checked(label, decodeIso2022, encodeIso2022), mask: maskIso2022 };
  const { encoding, lead } = set;
  const charset = checked(
    label,
    (raw) => iconv.decode(fromRaw(raw), encoding, { stripBOM: false }),
    (text) => toRaw(iconv.encode(text, encoding)),
  );
  return lead ? { ...charset, mask: (raw) => raw.replace(lead, "\xff\xff") } : charset;
}

function encodeUtf8(text: string): Raw {
  return toRaw(Buffer.from(text, "utf8"));
}

/** All sets here write these as ASCII does, so most values need no conversion. ESC is not among them. */
function isPlain(text: string): boolean {
  return !/[^ -~\r\n\t]/.test(text);
}

function checked(label: string, decode: (raw: Raw) => string, encode: (text: string) => Raw): Charset {
  return {
    label,
    decode: (raw) => (isPlain(raw) ? raw : decode(raw)),
    decodeAll: (raw) => {
      if (isPlain(raw)) return raw;
      const text = decode(raw);
      if (encode(text) === raw) return text;
      throw charsetError("the message has bytes outside its character set and cannot be written in another");
    },
    encode: (text) => {
      if (isPlain(text)) return text;
      const raw = encode(text);
      if (decode(raw) === text) return raw;
      throw charsetError("the text has characters that the message's character set (MSH-18) lacks; use UNICODE UTF-8");
    },
  };
}

function unknownCharset(label: string): Charset {
  return { label, decode: refuseBeyondAscii, decodeAll: refuseBeyondAscii, encode: refuseBeyondAscii };
}

function refuseBeyondAscii(text: string): string {
  if (isPlain(text)) return text;
  throw charsetError(
    "the character set that MSH-18 (or, without it, the adapter) names is not supported; use one of HL7 table 0211, best UNICODE UTF-8",
  );
}

function charsetError(problem: string): FasciaError {
  return new FasciaError("Hl7v2Charset", problem);
}
