import type { Rule } from "./meta.ts";

/** General categories that nobody sees: control, format (zero-width, turns of direction), private use, line breaks. */
const UNSEEN = ["Cc", "Cf", "Co", "Zl", "Zp"];
/**
 * Further code points that nobody sees or tells from a space, and the accents that in NFC stand in one character with
 * their letter.
 */
const UNTOLD: [from: number, to: number][] = [
  [0xa0, 0xa0],
  [0x03_00, 0x03_6f],
  [0x11_5f, 0x11_60],
  [0x16_80, 0x16_80],
  [0x17_b4, 0x17_b5],
  [0x18_0b, 0x18_0f],
  [0x20_00, 0x20_0a],
  [0x20_2f, 0x20_2f],
  [0x20_5f, 0x20_5f],
  [0x30_00, 0x30_00],
  [0x31_64, 0x31_64],
  [0xfe_00, 0xfe_0f],
  [0xff_a0, 0xff_a0],
];

const hex = (codePoint: number): string => `\\u${codePoint.toString(16).padStart(4, "0")}`;
const RANGES = UNTOLD.map(([from, to]) => (from === to ? hex(from) : `${hex(from)}-${hex(to)}`)).join("");
const categories = (backslash: string): string => UNSEEN.map((each) => `${backslash}p{${each}}`).join("");
const UNCLEAR = new RegExp(`[${categories("\\")}${RANGES}]|^ | $`, "u");

/**
 * A Draft is its owner's, and that is told by the text alone: nothing may stand in it that nobody sees, nor two spellings of
 * one letter. Letters of different scripts that look alike stay different owners.
 */
export const ownerRule: Rule<{ spec: { owner: string } }> = {
  // CEL reads the escapes of a string before it reads the pattern in it.
  rule: `!self.spec.owner.matches('[${categories("\\\\")}${RANGES}]|^ | $')`,
  message:
    "spec.owner must be visible characters and plain spaces, on one line, in NFC (accents within their letters), without a space at either end: owners are told apart by this text",
  fieldPath: ".spec.owner",
  holds: ({ spec }) => !UNCLEAR.test(spec.owner),
};
