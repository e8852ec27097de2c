/** What a look came to: something is being tried now, another look is needed, or nothing more for now. */
export type Look = "tried" | "again" | "done";

export interface LooksOptions {
  /** So many at once, what they led to trying included. */
  atOnce: number;
  look: (key: string) => Promise<Look>;
  signal: AbortSignal;
  broken: (error: unknown) => void;
}

/** Looks at keys in the order in which that was asked for, each key once at a time. */
export class Looks {
  readonly #o: LooksOptions;
  readonly #queue: string[] = [];
  /** Keys that wait to be looked at or are being looked at, and whether they have to be once more. */
  readonly #keys = new Map<string, { again: boolean }>();
  #atOnce = 0;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: LooksOptions) {
    this.#o = options;
  }

  /** Looks at the key, once more if it is being looked at now: that look may have missed why this one is wanted. */
  at(key: string): void {
    const state = this.#keys.get(key);
    if (state) {
      state.again = true;
      return;
    }
    this.#keys.set(key, { again: false });
    this.#queue.push(key);
    this.#next();
  }

  /** Whether another look was asked for since this one began. */
  isStale(key: string): boolean {
    return this.#keys.get(key)?.again === true;
  }

  /** Whether the key waits to be looked at, or is being looked at. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** What a look led to trying is not being tried any more. */
  free(): void {
    this.#atOnce--;
    this.#next();
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #next(): void {
    while (this.#atOnce < this.#o.atOnce && this.#queue.length > 0 && !this.#o.signal.aborted) {
      this.#atOnce++;
      const key = this.#queue.shift() as string;
      this.#keys.set(key, { again: false });
      const work: Promise<void> = this.#o
        .look(key)
        .then((result) => this.#ended(key, result))
        .catch((error: unknown) => this.#o.broken(error))
        .finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
  }

  #ended(key: string, result: Look): void {
    const again = result === "again" || this.isStale(key);
    this.#keys.delete(key);
    if (again) this.at(key);
    if (result !== "tried") this.free();
  }
}
