import type { Evaluator } from "./evaluation.ts";
import { type EvaluationCaps, OutOfTime } from "./explain.ts";
import { createTurns, eventLoopTurn, type TakeTurn } from "./turns.ts";

/** What time is taken with, milliseconds; only differences mean anything. */
export interface Stopwatches {
  /** Time as everybody else sees it. */
  monotonic: () => number;
  /** Processor time of this thread: a machine that is busy with other things must not make a sound mapping fail. */
  processorMs: () => number;
}

export interface Surroundings extends Stopwatches {
  /** Turns among all evaluations. */
  takeTurn: TakeTurn;
  /** Longest time without a pause, milliseconds. */
  sliceMs: number;
}

/** Long runs are done one after another, so that a new one waits for at most one slice of theirs. */
const takePlace = createTurns();

/**
 * Runs an expression that needs longer in slices, between which the event loop and other evaluations go on. Throws
 * `OutOfTime` when all slices together took `caps.ms` of the processor's time.
 */
export async function runPatiently(
  evaluator: Evaluator,
  input: unknown,
  bindings: Record<string, unknown>,
  caps: EvaluationCaps,
  surroundings: Surroundings,
): Promise<unknown> {
  const leavePlace = await takePlace();
  const slices = new Slices(caps.ms, surroundings);
  await slices.begin();
  try {
    const check = () => slices.check();
    return await evaluator.run(input, bindings, { depth: caps.depth, check, pause: () => slices.pause() });
  } finally {
    await slices.end();
    // Branches of a failed run that were paused meet its stop now, before the next long run.
    await eventLoopTurn();
    leavePlace();
  }
}

class Slices {
  readonly #ms: number;
  readonly #around: Surroundings;
  #usedMs = 0;
  #since = 0;
  #processorSince = 0;
  #endTurn: () => void = () => {};
  /** Set while paused; every branch of the expression waits for the same. */
  #paused: Promise<void> | undefined;

  constructor(ms: number, around: Surroundings) {
    this.#ms = ms;
    this.#around = around;
  }

  async begin(): Promise<void> {
    this.#endTurn = await this.#around.takeTurn();
    this.#since = this.#around.monotonic();
    this.#processorSince = this.#around.processorMs();
  }

  check(): void {
    // The processor's time is the dearer look, and never more than what went by.
    if (this.#usedMs + this.#sliceMs() <= this.#ms) return;
    if (this.#usedMs + this.#processorSliceMs() > this.#ms) throw new OutOfTime("all slices");
  }

  pause(): Promise<void> | undefined {
    if (this.#paused === undefined && this.#sliceMs() < this.#around.sliceMs) return undefined;
    this.#paused ??= this.#rest();
    return this.#paused;
  }

  async end(): Promise<void> {
    await this.#paused;
    this.#endTurn();
  }

  #sliceMs(): number {
    return this.#around.monotonic() - this.#since;
  }

  #processorSliceMs(): number {
    return this.#around.processorMs() - this.#processorSince;
  }

  async #rest(): Promise<void> {
    this.#usedMs += this.#processorSliceMs();
    this.#endTurn();
    await eventLoopTurn();
    await this.begin();
    this.#paused = undefined;
  }
}
