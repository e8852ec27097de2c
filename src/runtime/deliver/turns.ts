import type { Entry } from "./entry.ts";

/**
 * Who is tried next. Messages of the hub and parked ones take turns, and those parked never have more than half of the
 * ways to the target: thousands of them that fail and fail again leave room for those that will not. Pure.
 */
export class Turns {
  readonly #fresh: Entry[] = [];
  readonly #parked: Entry[] = [];
  readonly #mostParked: number;
  #parkedUnderWay = 0;
  #parkedWasLast = false;

  /** `ways`: attempts that may be under way at once. */
  constructor(ways: number) {
    this.#mostParked = Math.max(1, Math.floor(ways / 2));
  }

  /** How many of the hub's are waiting. */
  get fresh(): number {
    return this.#fresh.length;
  }

  add(entry: Entry): void {
    (entry.copies.length > 0 ? this.#parked : this.#fresh).push(entry);
  }

  /** Undefined when nobody may go now. */
  next(): Entry | undefined {
    const parkedMay = this.#parked.length > 0 && this.#parkedUnderWay < this.#mostParked;
    this.#parkedWasLast = parkedMay && (this.#fresh.length === 0 || !this.#parkedWasLast);
    if (!this.#parkedWasLast) return this.#fresh.shift();
    this.#parkedUnderWay++;
    return this.#parked.shift();
  }

  /** The one with the fewest attempts so far: the best probe, for those tried before may fail for reasons of their own. */
  probe(): Entry | undefined {
    const least = [...this.#fresh, ...this.#parked].reduce<Entry | undefined>(
      (best, entry) => (best && best.attempts <= entry.attempts ? best : entry),
      undefined,
    );
    if (!least) return undefined;
    const queue = least.copies.length > 0 ? this.#parked : this.#fresh;
    if (queue === this.#parked) this.#parkedUnderWay++;
    return queue.splice(queue.indexOf(least), 1)[0];
  }

  /** What `next` or `probe` gave is not under way any more. */
  done(entry: Entry): void {
    if (entry.copies.length > 0) this.#parkedUnderWay--;
  }
}
