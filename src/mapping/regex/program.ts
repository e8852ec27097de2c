import type { Cost } from "./cost.ts";

/**
 * A regular expression as instructions for a machine that follows all its threads at once (Thompson 1968, Pike's
 * variant with captures), so that matching takes time proportional to the text, whatever the pattern.
 */
export type Instruction =
  /** Goes on where `test` holds for the next UTF-16 unit. */
  | { op: "unit"; test: (unit: number) => boolean }
  /** Goes on at both places; what `first` finds is preferred. */
  | { op: "split"; first: number; second: number }
  | { op: "jump"; to: number }
  /** Remembers the position: 2n opens group n, 2n+1 closes it. */
  | { op: "save"; slot: number }
  /** Forgets the groups from slot `from` up to `to`: each round of a repetition starts without those of the last. */
  | { op: "forget"; from: number; to: number }
  /** Goes on only if something was taken since `slot` was saved: an optional round that takes nothing does not count. */
  | { op: "progress"; slot: number }
  | { op: "assert"; kind: Assertion }
  | { op: "match" };

export type Assertion = "start" | "end" | "boundary" | "inside";

export interface Program {
  instructions: Instruction[];
  /** Groups, the whole match included as group 0. */
  groups: number;
  /** Positions that a thread remembers: two for each group, and one for each optional repetition. */
  slots: number;
  multiline: boolean;
  cost: Cost;
}

/** Whether `kind` holds in `text` before the unit at `at`. */
export function holds(kind: Assertion, text: string, at: number, multiline: boolean): boolean {
  if (kind === "start") return at === 0 || (multiline && isLineEnd(text.charCodeAt(at - 1)));
  if (kind === "end") return at === text.length || (multiline && isLineEnd(text.charCodeAt(at)));
  const boundary = isWord(text, at - 1) !== isWord(text, at);
  return (kind === "boundary") === boundary;
}

const isLineEnd = (unit: number): boolean => unit === 10 || unit === 13 || unit === 0x2028 || unit === 0x2029;

const isWord = (text: string, at: number): boolean => at >= 0 && at < text.length && /\w/.test(text.charAt(at));
