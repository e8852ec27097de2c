import { FasciaError } from "../../base/errors.ts";

/** A pattern as a tree. `unit` nodes keep their source: one character, escape or class. */
export type Node =
  | { kind: "empty" }
  | { kind: "unit"; source: string }
  | { kind: "assert"; source: string }
  | { kind: "group"; index: number; body: Node }
  | { kind: "sequence"; items: Node[] }
  | { kind: "choice"; options: Node[] }
  | { kind: "repeat"; body: Node; min: number; max: number; lazy: boolean; firstGroup: number; lastGroup: number };

export interface Pattern {
  root: Node;
  groups: number;
}

/** Deeper nesting than this has no use and would exhaust the stack. */
const MAX_NESTING = 100;

const QUANTIFIER = /([*+?]|\{(\d+)(,(\d*))?\})(\??)/y;
const ASSERTION = /\^|\$|\\b|\\B/y;
/** One character, escape or class, in a pattern that the built-in parser has accepted. */
const UNIT = /\[(?:\\[^]|[^\]\\])*\]|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[A-Za-z]|[^])|[^]/y;
const BACK_REFERENCE = /\\[1-9]|\\k</y;
const LOOK_AROUND = /\(\?(?:=|!|<=|<!)/y;
const GROUP = /\((?:\?:|\?<[^>]*>)?/y;

/**
 * Reads the source of a valid RegExp without `u` or `v` flag (ECMA-262, Annex B.1.2). Throws FasciaError
 * `ExpressionSyntax` for what cannot be matched in linear time with the same result: back references, look-around and
 * endless repetition of what may be empty.
 */
export function parsePattern(source: string): Pattern {
  const reader = new Reader(source);
  const root = choice(reader, 0);
  return { root, groups: reader.groups };
}

class Reader {
  at = 0;
  groups = 0;
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  get done(): boolean {
    return this.at >= this.source.length;
  }

  peek(): string {
    return this.source.charAt(this.at);
  }

  /** Takes what the sticky `form` matches here, if it does. */
  take(form: RegExp): RegExpExecArray | undefined {
    form.lastIndex = this.at;
    const match = form.exec(this.source) ?? undefined;
    if (match) this.at = form.lastIndex;
    return match;
  }
}

function choice(reader: Reader, depth: number): Node {
  if (depth > MAX_NESTING) throw refuse(`is nested deeper than ${MAX_NESTING} groups`);
  const options = [sequence(reader, depth)];
  while (reader.peek() === "|") {
    reader.at++;
    options.push(sequence(reader, depth));
  }
  return options.length === 1 ? (options[0] ?? { kind: "empty" }) : { kind: "choice", options };
}

function sequence(reader: Reader, depth: number): Node {
  const items: Node[] = [];
  while (!reader.done && reader.peek() !== "|" && reader.peek() !== ")") {
    const before = reader.groups;
    items.push(quantified(reader, atom(reader, depth), before));
  }
  return { kind: "sequence", items };
}

function quantified(reader: Reader, body: Node, before: number): Node {
  const match = reader.take(QUANTIFIER);
  if (!match) return body;
  const [, sign = "", from, comma, to] = match;
  const [min, max] = from === undefined ? simple(sign) : counted(Number(from), comma, to);
  if (max === Infinity && canBeEmpty(body)) throw refuse("repeats without end what may be empty");
  return { kind: "repeat", body, min, max, lazy: match[5] === "?", firstGroup: before + 1, lastGroup: reader.groups };
}

/** Whether `node` can match without taking a unit. */
function canBeEmpty(node: Node): boolean {
  if (node.kind === "unit") return false;
  if (node.kind === "group") return canBeEmpty(node.body);
  if (node.kind === "sequence") return node.items.every(canBeEmpty);
  if (node.kind === "choice") return node.options.some(canBeEmpty);
  return node.kind === "repeat" ? node.min === 0 || canBeEmpty(node.body) : true;
}

const simple = (sign: string): [number, number] => (sign === "?" ? [0, 1] : [sign === "+" ? 1 : 0, Infinity]);

function counted(min: number, comma: string | undefined, to: string | undefined): [number, number] {
  if (comma === undefined) return [min, min];
  return [min, to === undefined || to === "" ? Infinity : Number(to)];
}

function atom(reader: Reader, depth: number): Node {
  if (reader.take(LOOK_AROUND)) throw refuse("has look-ahead or look-behind");
  if (reader.take(BACK_REFERENCE)) throw refuse("has a back reference");
  const group = reader.take(GROUP);
  if (group) return grouped(reader, depth, group[0] !== "(?:");
  const assertion = reader.take(ASSERTION);
  if (assertion) return { kind: "assert", source: assertion[0] };
  return { kind: "unit", source: reader.take(UNIT)?.[0] ?? "" };
}

function grouped(reader: Reader, depth: number, captures: boolean): Node {
  const index = captures ? ++reader.groups : 0;
  const body = choice(reader, depth + 1);
  reader.at++; // the closing parenthesis, which the built-in parser has seen
  return captures ? { kind: "group", index, body } : body;
}

function refuse(what: string): FasciaError {
  return new FasciaError(
    "ExpressionSyntax",
    `a regular expression ${what}, which this engine, bounded in time, does not do`,
  );
}
