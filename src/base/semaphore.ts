/** A bound on what may be under way at once. First come, first served. */
export class Semaphore {
  #free: number;
  readonly #limit: number;
  /** In order of arrival; a Set, so that whoever gives up leaves without a search. */
  readonly #waiting = new Set<() => void>();
  readonly #drained: (() => void)[] = [];

  constructor(limit: number) {
    this.#limit = limit;
    this.#free = limit;
  }

  /** Takes a place, waiting for one where needed; false when any of `signals` aborted first. */
  acquire(...signals: AbortSignal[]): Promise<boolean> {
    const isGivenUp = () => signals.some((signal) => signal.aborted);
    if (isGivenUp()) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free--;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const given = () => {
        for (const signal of signals) signal.removeEventListener("abort", given);
        this.#waiting.delete(given);
        resolve(!isGivenUp());
      };
      this.#waiting.add(given);
      for (const signal of signals) signal.addEventListener("abort", given, { once: true });
    });
  }

  /** Gives a place back: to whoever waits longest, if anybody does. */
  release(): void {
    const [next] = this.#waiting;
    if (next !== undefined) return next();
    this.#free++;
    if (this.#free === this.#limit) for (const resolve of this.#drained.splice(0)) resolve();
  }

  /** Resolves once every place is free. */
  drained(): Promise<void> {
    if (this.#free === this.#limit) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }
}
