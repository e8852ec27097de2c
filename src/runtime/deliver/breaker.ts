import { type BackoffPolicy, backoff } from "../../base/backoff.ts";

/** Messages in a row that found the target down before the breaker opens. */
const THRESHOLD = 3;
const PROBE: BackoffPolicy = { initialMs: 1000, maxMs: 30_000 };

/**
 * Whether a target is worth trying. Closed: everything goes. Open: nothing goes until the delay is over, then one
 * delivery at a time is let through as a probe; it closes the breaker or opens it for longer. It takes different
 * messages to open it: one alone, that a peer hangs or falls over at, must not count for the whole target. Pure but
 * for its state. `ref` names the message of an attempt.
 */
export class Breaker {
  /** Messages that found the target down since it last answered. */
  readonly #failing = new Set<string>();
  #openUntil = 0;
  #opened = 0;
  #probe: string | undefined;
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
    if (this.#probe !== undefined) return Number.POSITIVE_INFINITY;
    return Math.max(0, this.#openUntil - now);
  }

  /** Called when an attempt begins. */
  began(ref: string): void {
    if (this.#opened > 0) this.#probe = ref;
  }

  /** The attempt ended. Where it did not touch the target, another one may be the probe. */
  ended(ref: string): void {
    if (this.#probe === ref) this.#probe = undefined;
  }

  /** The target answered, whatever it said. Tells whether this closed the breaker. */
  answered(): boolean {
    const wasOpen = this.#opened > 0;
    this.#failing.clear();
    this.#opened = 0;
    this.#probe = undefined;
    return wasOpen;
  }

  /** The target could not be reached or said that it is down. Tells whether the breaker opened by it. */
  failed(ref: string, now: number, retryAfterMs = 0): boolean {
    if (this.#opened === 0 && this.#failing.add(ref).size < THRESHOLD) return false;
    // Those that were under way when it opened fail too; only the probe counts for a longer delay.
    if (this.#opened > 0 && this.#probe !== ref) return false;
    const opening = this.#opened === 0;
    this.#opened++;
    this.#probe = undefined;
    this.#openUntil = now + Math.max(retryAfterMs, backoff(PROBE, this.#opened, this.#random));
    return opening;
  }
}
