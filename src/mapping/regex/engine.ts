import { programOf } from "./compile.ts";
import { findMatch } from "./match.ts";
import type { Program } from "./program.ts";

/** What an evaluation needs of a RegExp: `exec` from `lastIndex` on, as with the `g` flag. */
export interface RegexEngine {
  lastIndex: number;
  exec(text: string): RegExpExecArray | null;
}

/** Ways that the built-in engine may try: about a millisecond of its time. */
const FEW = 20_000;

/** Whether the built-in engine, which is faster, cannot take long: it backtracks a little at worst. */
function isQuick({ cost }: Program, text: string): boolean {
  return cost.factor * text.length ** cost.degree <= FEW;
}

/**
 * Makes the class that stands in for RegExp: the same matches in time proportional to the text, with `checkTime` called
 * on the way. One backtracking search could hold the process for hours and nothing could stop it.
 */
export function regexEngine(checkTime: () => void): new (pattern: RegExp) => RegexEngine {
  return class implements RegexEngine {
    lastIndex = 0;
    readonly #program: Program;
    /** Of its own, since it remembers a position. */
    readonly #builtIn: RegExp;

    constructor(pattern: RegExp) {
      this.#program = programOf(pattern);
      this.#builtIn = new RegExp(pattern.source, pattern.flags);
    }

    exec(text: string): RegExpExecArray | null {
      return isQuick(this.#program, text) ? this.#quickly(text) : this.#surely(text);
    }

    #quickly(text: string): RegExpExecArray | null {
      this.#builtIn.lastIndex = this.lastIndex;
      const match = this.#builtIn.exec(text);
      this.lastIndex = this.#builtIn.lastIndex;
      return match;
    }

    #surely(text: string): RegExpExecArray | null {
      const program = this.#program;
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

/**
 * A test whether `source` matches somewhere in a text, in bounded time. `checkTime` is called now and then on the way.
 * Throws FasciaError `ExpressionSyntax` for what cannot be bounded, and SyntaxError for what is no pattern.
 */
export function patternTest(source: string, checkTime: () => void): (text: string) => boolean {
  const Engine = regexEngine(checkTime);
  const engine = new Engine(new RegExp(source, "g"));
  return (text) => {
    engine.lastIndex = 0;
    return engine.exec(text) !== null;
  };
}
