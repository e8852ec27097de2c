/** What the bytes of a manifest say, or why they can't be read as text. */
export type ManifestText = { text: string } | { reason: string };

/** Byte order marks, by the encoding that they tell of. The one of UTF-8 is left to the decoder. */
const MARKED: [encoding: string, first: number, second: number][] = [
  ["utf-16le", 0xff, 0xfe],
  ["utf-16be", 0xfe, 0xff],
];

/** Reads UTF-8, and UTF-16 where a byte order mark says so, as kubectl does. Nothing is replaced or guessed. */
export function manifestText(bytes: Uint8Array): ManifestText {
  const [encoding = "utf-8"] = MARKED.find(([, first, second]) => bytes[0] === first && bytes[1] === second) ?? [];
  // PowerShell 5 writes UTF-16; without its mark every other byte of it is a zero.
  if (encoding === "utf-8" && bytes.includes(0))
    return { reason: "holds zero bytes, as UTF-16 without a byte order mark does: save it as UTF-8" };
  try {
    return { text: new TextDecoder(encoding, { fatal: true }).decode(bytes) };
  } catch {
    return { reason: `is not ${encoding.toUpperCase()} throughout: save it as UTF-8` };
  }
}
