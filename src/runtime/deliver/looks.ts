/** Looks at keys: so many at once, the others in the order in which they were asked for. */
export class Looks {
  readonly #look: (key: string) => Promise<void>;
  readonly #atOnce: number;
  readonly #signal: AbortSignal;
  readonly #queue: string[] = [];
  readonly #underWay = new Set<Promise<void>>();
  #taken = 0;

  /** `look` must not reject. Nothing begins any more once `signal` aborts. */
  constructor(atOnce: number, signal: AbortSignal, look: (key: string) => Promise<void>) {
    this.#atOnce = atOnce;
    this.#signal = signal;
    this.#look = look;
  }

  add(key: string): void {
    this.#queue.push(key);
    this.#next();
  }

  /** What a look has begun is over: another one may begin. */
  free(): void {
    this.#taken--;
    this.#next();
  }

  /** Resolves when no look is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#underWay);
  }

  #next(): void {
    while (this.#taken < this.#atOnce && this.#queue.length > 0 && !this.#signal.aborted) {
      this.#taken++;
      const work: Promise<void> = this.#look(this.#queue.shift() as string).finally(() => this.#underWay.delete(work));
      this.#underWay.add(work);
    }
  }
}
