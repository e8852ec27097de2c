import { holds, type Program } from "./program.ts";

/** Positions by capture slot; -1 where a group took no part. */
type Captures = number[];

interface Threads {
  at: number[];
  captures: Captures[];
  /** Instructions that have a thread already: a later one would only repeat it with less right. */
  seen: Set<number>;
}

/** How many units pass between two looks at the clock. */
const CHECK_EVERY = 256;

/**
 * The leftmost match at or after `from`, the same that backtracking would prefer; undefined where there is none.
 * `checkTime` is called now and then and may throw.
 */
export function findMatch(program: Program, text: string, from: number, checkTime: () => void): Captures | undefined {
  let now = noThreads();
  let found: Captures | undefined;
  for (let at = from; at <= text.length; at++) {
    if ((at - from) % CHECK_EVERY === CHECK_EVERY - 1) checkTime();
    if (found === undefined) follow(program, now, 0, noCaptures(program), text, at);
    if (now.at.length === 0 && found !== undefined) break;
    const step = advance(program, now, text, at);
    found = step.found ?? found;
    now = step.next;
  }
  return found;
}

const noThreads = (): Threads => ({ at: [], captures: [], seen: new Set() });

const noCaptures = (program: Program): Captures => Array.from({ length: program.slots }, () => -1);

/** Moves every thread over the unit at `at`, in order of preference; a match cuts off those after it. */
function advance(program: Program, now: Threads, text: string, at: number): { next: Threads; found?: Captures } {
  const next = noThreads();
  const unit = at < text.length ? text.charCodeAt(at) : -1;
  for (const [index, place] of now.at.entries()) {
    const instruction = program.instructions[place];
    const captures = now.captures[index] ?? [];
    if (instruction?.op === "match") return { next, found: captures };
    if (instruction?.op === "unit" && unit >= 0 && instruction.test(unit)) {
      follow(program, next, place + 1, captures, text, at + 1);
    }
  }
  return { next };
}

/** Adds the threads that `start` leads to without taking a unit, in order of preference. */
function follow(program: Program, threads: Threads, start: number, with_: Captures, text: string, at: number): void {
  const stack: { place: number; captures: Captures }[] = [{ place: start, captures: with_ }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { place, captures } = entry;
    const instruction = program.instructions[place];
    if (instruction === undefined || threads.seen.has(place)) continue;
    threads.seen.add(place);
    if (instruction.op === "unit" || instruction.op === "match") {
      threads.at.push(place);
      threads.captures.push(captures);
    } else if (instruction.op === "split") {
      stack.push({ place: instruction.second, captures }, { place: instruction.first, captures });
    } else if (instruction.op === "jump") {
      stack.push({ place: instruction.to, captures });
    } else if (instruction.op === "assert") {
      if (holds(instruction.kind, text, at, program.multiline)) stack.push({ place: place + 1, captures });
    } else if (instruction.op === "progress") {
      if (captures[instruction.slot] !== at) stack.push({ place: place + 1, captures });
    } else {
      stack.push({ place: place + 1, captures: changed(captures, instruction, at) });
    }
  }
}

type Change = { op: "save"; slot: number } | { op: "forget"; from: number; to: number };

const changed = (captures: Captures, change: Change, at: number): Captures =>
  change.op === "save" ? captures.with(change.slot, at) : [...captures].fill(-1, change.from, change.to);
