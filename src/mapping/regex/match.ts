import { holds, type Program } from "./program.ts";

/** Positions by slot; -1 where a group took no part. */
type Slots = number[];

/** Threads in order of preference: where each is, and what it remembers. */
interface Threads {
  places: number[];
  slots: Slots[];
}

/** How many units pass between two looks at the clock. */
const CHECK_EVERY = 256;

/**
 * The leftmost match at or after `from`, the same that backtracking would prefer; undefined where there is none.
 * `checkTime` is called now and then and may throw.
 */
export function findMatch(program: Program, text: string, from: number, checkTime: () => void): Slots | undefined {
  const search = new Search(program, text);
  let now: Threads = { places: [], slots: [] };
  let found: Slots | undefined;
  for (let at = from; at <= text.length; at++) {
    if ((at - from) % CHECK_EVERY === CHECK_EVERY - 1) checkTime();
    if (found === undefined) search.follow(now, 0, search.nothing, at);
    if (now.places.length === 0 && found !== undefined) break;
    const step = search.advance(now, at);
    found = step.found ?? found;
    now = step.next;
  }
  return found;
}

class Search {
  readonly nothing: Slots;
  readonly #program: Program;
  readonly #text: string;
  /** For each instruction the last position at which a thread came to it: a later one would only repeat it with less right. */
  readonly #seenAt: Int32Array;

  constructor(program: Program, text: string) {
    this.#program = program;
    this.#text = text;
    this.#seenAt = new Int32Array(program.instructions.length).fill(-1);
    this.nothing = Array.from({ length: program.slots }, () => -1);
  }

  /** Moves every thread over the unit at `at`; a match cuts off those with less right. */
  advance(now: Threads, at: number): { next: Threads; found?: Slots } {
    const next: Threads = { places: [], slots: [] };
    const unit = at < this.#text.length ? this.#text.charCodeAt(at) : -1;
    for (const [index, place] of now.places.entries()) {
      const instruction = this.#program.instructions[place];
      const slots = now.slots[index] ?? this.nothing;
      if (instruction?.op === "match") return { next, found: slots };
      if (instruction?.op === "unit" && unit >= 0 && instruction.test(unit))
        this.follow(next, place + 1, slots, at + 1);
    }
    return { next };
  }

  /** Adds to `threads` those that `start` leads to without taking a unit. */
  follow(threads: Threads, start: number, given: Slots, at: number): void {
    const places = [start];
    const remembered = [given];
    for (let place = places.pop(); place !== undefined; place = places.pop()) {
      const slots = remembered.pop() ?? given;
      if (this.#seenAt[place] === at) continue;
      this.#seenAt[place] = at;
      const go = (to: number, with_: Slots) => {
        places.push(to);
        remembered.push(with_);
      };
      this.#step(place, slots, at, threads, go);
    }
  }

  #step(place: number, slots: Slots, at: number, threads: Threads, go: (to: number, slots: Slots) => void): void {
    const instruction = this.#program.instructions[place];
    if (instruction === undefined) return;
    if (instruction.op === "unit" || instruction.op === "match") {
      threads.places.push(place);
      threads.slots.push(slots);
    } else if (instruction.op === "split") {
      go(instruction.second, slots);
      go(instruction.first, slots);
    } else if (instruction.op === "jump") {
      go(instruction.to, slots);
    } else if (instruction.op === "assert") {
      if (holds(instruction.kind, this.#text, at, this.#program.multiline)) go(place + 1, slots);
    } else if (instruction.op === "progress") {
      if (slots[instruction.slot] !== at) go(place + 1, slots);
    } else {
      go(place + 1, changed(slots, instruction, at));
    }
  }
}

type Change = { op: "save"; slot: number } | { op: "forget"; from: number; to: number };

function changed(slots: Slots, change: Change, at: number): Slots {
  const copy = slots.slice();
  if (change.op === "save") copy[change.slot] = at;
  else copy.fill(-1, change.from, change.to);
  return copy;
}
