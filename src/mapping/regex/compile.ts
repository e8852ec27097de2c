import { FasciaError } from "../../base/errors.ts";
import { costOf } from "./cost.ts";
import { type Node, parsePattern } from "./parse.ts";
import type { Assertion, Instruction, Program } from "./program.ts";

/** Counted repetitions are written out, so their number is bounded. */
const MAX_INSTRUCTIONS = 5_000;

const ASSERTIONS: Record<string, Assertion> = { "^": "start", $: "end", "\\b": "boundary", "\\B": "inside" };

const programs = new WeakMap<RegExp, Program>();

/**
 * The program of `pattern`, which the built-in engine has parsed and never runs. Throws FasciaError `ExpressionSyntax`
 * for what cannot be matched in linear time or is too large.
 */
export function programOf(pattern: RegExp): Program {
  const known = programs.get(pattern);
  if (known) return known;
  const { root, groups } = parsePattern(pattern.source);
  const instructions: Instruction[] = [];
  const compiler = new Compiler(instructions, pattern.ignoreCase ? "i" : "", 2 * (groups + 1));
  compiler.group(0, root);
  compiler.emit({ op: "match" });
  const { multiline } = pattern;
  const cost = costOf(root, multiline);
  const program = { instructions, groups: groups + 1, slots: compiler.slots, multiline, cost };
  programs.set(pattern, program);
  return program;
}

class Compiler {
  readonly #code: Instruction[];
  readonly #flags: string;
  slots: number;

  constructor(code: Instruction[], flags: string, slots: number) {
    this.#code = code;
    this.#flags = flags;
    this.slots = slots;
  }

  emit(instruction: Instruction): void {
    if (this.#code.length >= MAX_INSTRUCTIONS) {
      throw new FasciaError("ExpressionSyntax", "a regular expression is too large: write smaller counts in {…}");
    }
    this.#code.push(instruction);
  }

  group(index: number, body: Node): void {
    this.emit({ op: "save", slot: 2 * index });
    this.node(body);
    this.emit({ op: "save", slot: 2 * index + 1 });
  }

  node(node: Node): void {
    if (node.kind === "unit") this.emit({ op: "unit", test: unitTest(node.source, this.#flags) });
    else if (node.kind === "assert") this.emit({ op: "assert", kind: ASSERTIONS[node.source] ?? "start" });
    else if (node.kind === "group") this.group(node.index, node.body);
    else if (node.kind === "sequence") for (const item of node.items) this.node(item);
    else if (node.kind === "choice") this.#choice(node.options);
    else if (node.kind === "repeat") this.#repeat(node);
  }

  #choice(options: Node[]): void {
    const ends: { op: "jump"; to: number }[] = [];
    for (const [index, option] of options.entries()) {
      const last = index === options.length - 1;
      const split = { op: "split" as const, first: this.#code.length + 1, second: 0 };
      if (!last) this.emit(split);
      this.node(option);
      if (last) continue;
      const end = { op: "jump" as const, to: 0 };
      ends.push(end);
      this.emit(end);
      split.second = this.#code.length;
    }
    for (const end of ends) end.to = this.#code.length;
  }

  /** `min` rounds written out, then either a loop or as many optional rounds as `max` allows. */
  #repeat(node: Extract<Node, { kind: "repeat" }>): void {
    for (let round = 0; round < node.min; round++) this.#round(node);
    if (node.max === Infinity) return this.#loop(node);
    const begin = this.slots;
    if (node.max > node.min) this.slots++;
    const splits: SplitTo[] = [];
    for (let round = node.min; round < node.max; round++) {
      splits.push(this.#split(node.lazy));
      this.emit({ op: "save", slot: begin });
      this.#round(node);
      this.emit({ op: "progress", slot: begin });
    }
    for (const leave of splits) leave(this.#code.length);
  }

  #loop(node: Extract<Node, { kind: "repeat" }>): void {
    const start = this.#code.length;
    const leave = this.#split(node.lazy);
    this.#round(node);
    this.emit({ op: "jump", to: start });
    leave(this.#code.length);
  }

  #round({ body, firstGroup, lastGroup }: Extract<Node, { kind: "repeat" }>): void {
    if (lastGroup >= firstGroup) this.emit({ op: "forget", from: 2 * firstGroup, to: 2 * lastGroup + 2 });
    this.node(body);
  }

  /** Into the body, which follows, or past it: the place is told when it is known. Greedy prefers the body. */
  #split(lazy: boolean): SplitTo {
    const body = this.#code.length + 1;
    const split = { op: "split" as const, first: body, second: body };
    this.emit(split);
    return (end) => {
      if (lazy) split.first = end;
      else split.second = end;
    };
  }
}

type SplitTo = (end: number) => void;

/** Asks the built-in engine about single units, which takes constant time; those of ASCII are asked once. */
function unitTest(source: string, flags: string): (unit: number) => boolean {
  const form = new RegExp(`^(?:${escaped(source)})$`, flags);
  const ascii = Array.from({ length: 128 }, (_, unit) => form.test(String.fromCharCode(unit)));
  return (unit) => (unit < 128 ? ascii[unit] === true : form.test(String.fromCharCode(unit)));
}

/** Characters that stand for themselves here but not within a pattern of their own: a brace or bracket that opens nothing. */
const escaped = (source: string): string => (/^[{}\]/]$/.test(source) ? `\\${source}` : source);
