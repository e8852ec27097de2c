import type { Clock } from "../../src/base/clock.ts";

/** A clock that stands still until told otherwise. Its monotonic time starts at 0, its wall time where it is set. */
export class ManualClock implements Clock {
  #now: number;
  readonly #start: number;
  readonly #sleeping = new Set<{ ms: number; due: number; wake: () => void }>();
  readonly #awaited = new Set<{ ms: number; resolve: () => void }>();

  constructor(now = Date.UTC(2026, 0, 15, 12)) {
    this.#now = now;
    this.#start = now;
  }

  now = (): number => this.#now;
  monotonic = (): number => this.#now - this.#start;

  sleep = (ms: number, signal?: AbortSignal): Promise<void> => {
    if (signal?.aborted === true || ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const sleeper = {
        ms,
        due: this.#now + ms,
        wake: () => {
          this.#sleeping.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleeping.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
      for (const awaited of this.#awaited) if (awaited.ms === ms && this.#awaited.delete(awaited)) awaited.resolve();
    });
  };

  after = (ms: number, action: () => void): (() => void) => {
    const sleeper = {
      ms,
      due: this.#now + ms,
      wake: () => {
        this.#sleeping.delete(sleeper);
        action();
      },
    };
    this.#sleeping.add(sleeper);
    return () => this.#sleeping.delete(sleeper);
  };

  /** Moves time on and wakes who is due. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleeping) if (sleeper.due <= this.#now) sleeper.wake();
  }

  /** Whether somebody sleeps who asked for `ms`. */
  sleeps(ms: number): boolean {
    return [...this.#sleeping].some((sleeper) => sleeper.ms === ms);
  }

  /** Resolves once somebody sleeps who asked for `ms`. */
  sleeping(ms: number): Promise<void> {
    if (this.sleeps(ms)) return Promise.resolve();
    return new Promise((resolve) => this.#awaited.add({ ms, resolve }));
  }

  /** How many sleep right now. */
  get sleepers(): number {
    return this.#sleeping.size;
  }
}
