import iconv from "iconv-lite";
import { type Raw, fromRaw, toRaw } from "./raw.ts";

/**
 * Japanese text as HL7 table 0211 has it under ISO IR14, IR87 and IR159: escape sequences (ISO 2022, RFC 1468, RFC 2237)
 * switch between ASCII and two-byte sets made of ASCII bytes. Converted by way of EUC-JP, which holds the same
 * sets (JIS X 0208, 0212, 0201) without switching.
 */

const SHIFT = /\x1b(?:\$[@B]|\$\(D|\([BJI])/;

/** Runs of one set: the escape sequence (none at the beginning), then its bytes up to the next escape or line end. */
const RUN = /(\x1b(?:\$[@B]|\$\(D|\([BJI]))?((?:(?!\x1b(?:\$[@B]|\$\(D|\([BJI]))[^\r\n])+|[\r\n]+)?/g;

export function decodeIso2022(raw: Raw): string {
  const euc = raw.replace(RUN, (_run, escape: string | undefined, bytes: string | undefined) =>
    toEuc(escape, bytes ?? ""),
  );
  return iconv.decode(fromRaw(euc), "eucjp");
}

function toEuc(escape: string | undefined, bytes: Raw): Raw {
  switch (escape) {
    case "\x1b$@":
    case "\x1b$B":
      return high(bytes);
    case "\x1b$(D":
      return high(bytes).replace(/../g, "\x8f$&");
    case "\x1b(I":
      return high(bytes).replace(/./g, "\x8e$&");
    default:
      return bytes.replace(/[\xa1-\xdf]/g, "\x8e$&");
  }
}

function high(bytes: Raw): Raw {
  return bytes.replace(/[\x21-\x7e]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) | 0x80));
}

export function encodeIso2022(text: string): Raw {
  const euc = toRaw(iconv.encode(text, "eucjp"));
  return euc.replace(/(?:\x8f[\xa1-\xfe]{2})+|(?:\x8e[\xa1-\xdf])+|(?:[\xa1-\xfe]{2})+/g, (run) => {
    if (run.startsWith("\x8f")) return `\x1b$(D${low(run.replaceAll("\x8f", ""))}\x1b(B`;
    if (run.startsWith("\x8e")) return `\x1b(I${low(run.replaceAll("\x8e", ""))}\x1b(B`;
    return `\x1b$B${low(run)}\x1b(B`;
  });
}

function low(bytes: Raw): Raw {
  return bytes.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
}

/** Hides the bytes between an escape sequence to another set and the one back to ASCII; a line end returns as well. */
export function maskIso2022(raw: Raw): Raw {
  if (!SHIFT.test(raw)) return raw;
  return raw.replace(/\x1b(?:\$[@B]|\$\(D|\(I)[^\r\n]*?(?:\x1b\([BJ]|(?=[\r\n])|$)/g, (run) =>
    "\xff".repeat(run.length),
  );
}
