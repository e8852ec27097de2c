import { type BackoffPolicy, backoff } from "../../base/backoff.ts";

/** Failures in a row that say "down" before the breaker opens. */
const THRESHOLD = 3;
const PROBE: BackoffPolicy = { initialMs: 1000, maxMs: 30_000 };

/**
 * Whether a target is worth trying. Closed: everything goes. Open: nothing goes until the delay is over, then one
 * delivery at a time is let through as a probe; it closes the breaker or opens it for longer. Pure but for its state.
 */
export class Breaker {
  #failures = 0;
  #openUntil = 0;
  #opened = 0;
  #probing = false;
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  get isOpen(): boolean {
    return this.#opened > 0;
  }

  /** Milliseconds until something may be tried; 0 when something may now. */
  waitMs(now: number): number {
    if (this.#opened === 0) return 0;
    if (this.#probing) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#openUntil - now);
  }

  /** Called when an attempt begins. */
  began(): void {
    if (this.#opened > 0) this.#probing = true;
  }

  /** An attempt ended without touching the target: another one may be the probe. */
  ended(): void {
    this.#probing = false;
  }

  /** The target answered, whatever it said. Tells whether this closed the breaker. */
  answered(): boolean {
    const wasOpen = this.#opened > 0;
    this.#failures = 0;
    this.#opened = 0;
    this.#probing = false;
    return wasOpen;
  }

  /** The target could not be reached or said that it is down. Tells whether the breaker opened by it. */
  failed(now: number, retryAfterMs = 0): boolean {
    this.#failures++;
    if (this.#opened === 0 && this.#failures < THRESHOLD) return false;
    // Those that were under way when it opened fail too; only the probe counts for a longer delay.
    if (this.#opened > 0 && !this.#probing) return false;
    const opening = this.#opened === 0;
    this.#opened++;
    this.#probing = false;
    this.#openUntil = now + Math.max(retryAfterMs, backoff(PROBE, this.#opened, this.#random));
    return opening;
  }
}
