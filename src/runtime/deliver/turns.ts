import type { Entry } from "./entry.ts";

/** While others wait, every so many attempts one is of a parked message. */
const SHARE = 4;

/**
 * Who is tried next. Of those parked, thousands may fail and fail again: while others wait they get a quarter of the
 * attempts, and never more than half of the ways to the target at once. Pure.
 */
export class Turns {
  readonly #fresh: Entry[] = [];
  readonly #parked: Entry[] = [];
  readonly #mostParked: number;
  #parkedUnderWay = 0;
  /** Fresh ones that went since the last parked one. */
  #freshInARow = 0;

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
    if (!parkedMay || (this.#fresh.length > 0 && this.#freshInARow < SHARE - 1)) {
      this.#freshInARow++;
      return this.#fresh.shift();
    }
    this.#freshInARow = 0;
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
