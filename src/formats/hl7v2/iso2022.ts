import iconv from "iconv-lite";
import { type Raw, fromRaw, toRaw } from "./raw.ts";

/**
 * Japanese text as HL7 table 0211 has it under ISO IR14, IR87 and IR159: escape sequences (ISO 2022, RFC 1468, RFC 2237)
 * switch between ASCII and sets whose characters are made of ASCII bytes. Converted by way of EUC-JP, which holds the
 * same sets (JIS X 0208, 0212, 0201) without switching.
 */

const ESC = "\x1b";

/** What follows ESC and says which set comes next. */
const DESIGNATOR = /^(?:\$[@B]|\$\(D|\([BJI])/;

export function decodeIso2022(raw: Raw): string {
  const [first = "", ...runs] = raw.split(ESC);
  return iconv.decode(fromRaw(singleBytes(first) + runs.map(runToEuc).join("")), "eucjp");
}

function runToEuc(run: Raw): Raw {
  const designator = DESIGNATOR.exec(run)?.[0];
  if (designator === undefined) return ESC + singleBytes(run);
  const bytes = run.slice(designator.length);
  switch (designator) {
    case "$@":
    case "$B":
      return withHighBits(bytes);
    case "$(D":
      return withHighBits(bytes).replace(/[\xa1-\xfe]{2}/g, "\x8f$&");
    case "(I":
      return withHighBits(bytes).replace(/[\xa1-\xdf]/g, "\x8e$&");
    default:
      return singleBytes(bytes);
  }
}

/** ASCII, and JIS X 0201 in its upper half. */
function singleBytes(bytes: Raw): Raw {
  return bytes.replace(/[\xa1-\xdf]/g, "\x8e$&");
}

function withHighBits(bytes: Raw): Raw {
  return bytes.replace(/[!-~]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) | 0x80));
}

export function encodeIso2022(text: string): Raw {
  const euc = toRaw(iconv.encode(text, "eucjp"));
  return euc.replace(/(?:\x8f[\xa1-\xfe]{2})+|(?:\x8e[\xa1-\xdf])+|(?:[\xa1-\xfe]{2})+/g, (run) => {
    if (run.startsWith("\x8f")) return inSet("$(D", run.replaceAll("\x8f", ""));
    if (run.startsWith("\x8e")) return inSet("(I", run.replaceAll("\x8e", ""));
    return inSet("$B", run);
  });
}

function inSet(designator: string, bytes: Raw): Raw {
  const low = bytes.replace(/[\xa1-\xfe]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
  return `${ESC}${designator}${low}${ESC}(B`;
}

/** Hides all that is not ASCII or JIS X 0201 by itself: designators, and what they put into another set. */
export function maskIso2022(raw: Raw): Raw {
  if (!raw.includes(ESC)) return raw;
  const [first = "", ...runs] = raw.split(ESC);
  return [first, ...runs.map(maskRun)].join(ESC);
}

function maskRun(run: Raw): Raw {
  const designator = DESIGNATOR.exec(run)?.[0];
  if (designator === undefined) return run;
  const isSingle = designator === "(B" || designator === "(J";
  return isSingle ? "\xff".repeat(designator.length) + run.slice(designator.length) : "\xff".repeat(run.length);
}
