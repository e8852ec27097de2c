import type { Clock } from "../../base/clock.ts";
import type { Entry } from "./entry.ts";

/** Entries that wait for their next attempt. */
export class Retries {
  readonly #waiting = new Map<Entry, { timer: NodeJS.Timeout; due: number }>();
  readonly #clock: Clock;
  readonly #due: (entry: Entry) => void;

  constructor(clock: Clock, due: (entry: Entry) => void) {
    this.#clock = clock;
    this.#due = due;
  }

  add(entry: Entry, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#waiting.delete(entry);
      this.#due(entry);
    }, delayMs);
    this.#waiting.set(entry, { timer, due: this.#clock.monotonic() + delayMs });
  }

  /** Takes out those of the hub, each with how long it would have waited still, milliseconds. */
  takeFresh(): [Entry, number][] {
    const taken: [Entry, number][] = [];
    for (const [entry, { timer, due }] of this.#waiting) {
      if (entry.copies.length > 0) continue;
      clearTimeout(timer);
      this.#waiting.delete(entry);
      taken.push([entry, Math.max(0, due - this.#clock.monotonic())]);
    }
    return taken;
  }

  /** Nothing is due any more. */
  stop(): void {
    for (const { timer } of this.#waiting.values()) clearTimeout(timer);
    this.#waiting.clear();
  }
}
