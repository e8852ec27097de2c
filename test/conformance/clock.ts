import type { Clock } from "../../src/base/clock.ts";

/** A clock that stands still until told otherwise. Its monotonic time starts at 0, its wall time where it is set. */
export class ManualClock implements Clock {
  #now: number;
  readonly #start: number;
  readonly #sleeping = new Set<{ due: number; wake: () => void }>();

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
        due: this.#now + ms,
        wake: () => {
          this.#sleeping.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleeping.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake, { once: true });
    });
  };

  after = (ms: number, action: () => void): (() => void) => {
    const sleeper = {
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

  /** How many sleep right now. */
  get sleepers(): number {
    return this.#sleeping.size;
  }
}

/** Waits, by the real clock, until `condition` holds: for what sockets and disks do in their own time. */
export async function until(condition: () => boolean, withinMs = 5000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`not within ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Whether `promise` is still open when everything that is on its way by now has been dealt with. */
export async function stillOpen(promise: Promise<unknown>): Promise<boolean> {
  let open = true;
  const close = (): void => void (open = false);
  promise.then(close, close);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  return open;
}
