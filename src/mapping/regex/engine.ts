import { programOf } from "./compile.ts";
import { findMatch } from "./match.ts";

/** What an evaluation needs of a RegExp: `exec` from `lastIndex` on, as with the `g` flag. */
export interface RegexEngine {
  lastIndex: number;
  exec(text: string): RegExpExecArray | null;
}

/**
 * Makes the class that stands in for RegExp: the same matches in time proportional to the text, with `checkTime` called
 * on the way. One backtracking search could hold the process for hours and nothing could stop it.
 */
export function regexEngine(checkTime: () => void): new (pattern: RegExp) => RegexEngine {
  return class implements RegexEngine {
    lastIndex = 0;
    readonly #pattern: RegExp;

    constructor(pattern: RegExp) {
      this.#pattern = pattern;
    }

    exec(text: string): RegExpExecArray | null {
      const program = programOf(this.#pattern);
      const slots = this.lastIndex <= text.length ? findMatch(program, text, this.lastIndex, checkTime) : undefined;
      this.lastIndex = slots?.[1] ?? 0;
      return slots === undefined ? null : matchOf(text, slots, program.groups);
    }
  };
}

function matchOf(text: string, slots: number[], groups: number): RegExpExecArray {
  const index = slots[0] ?? 0;
  const match: (string | undefined)[] = [];
  for (let slot = 0; slot < 2 * groups; slot += 2) {
    const [start = -1, end = -1] = [slots[slot], slots[slot + 1]];
    match.push(start < 0 || end < 0 ? undefined : text.slice(start, end));
  }
  return Object.assign(match, { index, input: text }) as RegExpExecArray;
}
