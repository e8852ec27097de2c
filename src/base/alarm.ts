import type { Clock } from "./clock.ts";

/** Wall clocks are set right, and a timer holds no longer than 24 days: the clock is looked at this often. */
const AT_MOST_MS = 600_000;

/** Does something when an instant of the wall clock is reached. */
export class Alarm {
  readonly #clock: Pick<Clock, "now" | "after">;
  readonly #action: () => void;
  #cancel: () => void = () => {};

  constructor(clock: Pick<Clock, "now" | "after">, action: () => void) {
    this.#clock = clock;
    this.#action = action;
  }

  /** Rings once at `at` (milliseconds since the epoch) and at no instant that was set before; undefined: never. */
  set(at: number | undefined): void {
    this.#cancel();
    this.#cancel = () => {};
    if (at === undefined) return;
    const left = at - this.#clock.now();
    const ring =
      left <= AT_MOST_MS ? () => (this.#clock.now() >= at ? this.#action() : this.set(at)) : () => this.set(at);
    this.#cancel = this.#clock.after(Math.min(Math.max(left, 0), AT_MOST_MS), ring);
  }
}
