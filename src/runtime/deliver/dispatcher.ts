import type { Outcome } from "../../adapters/adapter.ts";
import type { Clock } from "../../base/clock.ts";
import type { Breaker } from "./breaker.ts";
import type { Entry } from "./entry.ts";
import { Turns } from "./turns.ts";

export interface DispatcherOptions {
  clock: Clock;
  breaker: Breaker;
  /** Attempts that may be under way at once. */
  concurrency: number;
  /** One attempt. */
  run: (entry: Entry) => Promise<void>;
  broken: (error: unknown) => void;
  /** `reason`: what was met of the target last, in our own words. */
  onBreaker: (open: boolean, reason: string) => void;
  /** Enough is at hand to probe a target with that is down: more would only wait here. */
  onEnough: (enough: boolean) => void;
}

/**
 * So many messages at hand are enough while a target is down. Not less: where every one of them is among those that the
 * target falls over at, only others can find out that it is up.
 */
const ENOUGH = 16;

/** Begins attempts: as many at once as the target takes, while the breaker is open one at a time. */
export class Dispatcher {
  readonly #o: DispatcherOptions;
  readonly #turns: Turns;
  readonly #running = new Set<Promise<void>>();
  #wake: NodeJS.Timeout | undefined;
  #enough = false;
  #stopped = false;

  constructor(options: DispatcherOptions) {
    this.#o = options;
    this.#turns = new Turns(options.concurrency);
  }

  add(entry: Entry): void {
    entry.busy = true;
    this.#turns.add(entry);
    this.#dispatch();
  }

  /** The breaker counts what the target as a whole does, not what one message meets. */
  heed(entry: Entry, outcome: Outcome): void {
    const { breaker, clock, onBreaker } = this.#o;
    if ("down" in outcome && outcome.down) {
      const retryAfter = outcome.kind === "Transient" ? outcome.retryAfterMs : undefined;
      if (breaker.failed(entry.ref, clock.monotonic(), retryAfter)) onBreaker(true, outcome.reason);
    } else if (breaker.answered()) onBreaker(false, "");
  }

  /** Begins nothing more. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#wake);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }

  #dispatch(): void {
    if (this.#stopped) return;
    const { breaker, clock, concurrency } = this.#o;
    const wait = breaker.waitMs(clock.monotonic());
    if (wait > 0) this.#wakeIn(wait);
    else
      while (this.#running.size < concurrency) {
        const entry = breaker.isOpen ? this.#turns.probe() : this.#turns.next();
        if (!entry) break;
        breaker.began(entry.ref);
        this.#run(entry);
        if (breaker.isOpen) break;
      }
    this.#tellEnough();
  }

  #wakeIn(ms: number): void {
    if (!Number.isFinite(ms) || this.#wake) return;
    this.#wake = setTimeout(() => {
      this.#wake = undefined;
      this.#dispatch();
    }, ms);
  }

  #run(entry: Entry): void {
    const work: Promise<void> = this.#o
      .run(entry)
      .catch((error: unknown) => this.#o.broken(error))
      .finally(() => {
        this.#running.delete(work);
        this.#turns.done(entry);
        this.#o.breaker.ended(entry.ref);
        this.#dispatch();
      });
    this.#running.add(work);
  }

  #tellEnough(): void {
    const enough = this.#o.breaker.isOpen && this.#turns.fresh >= ENOUGH;
    if (enough === this.#enough) return;
    this.#enough = enough;
    this.#o.onEnough(enough);
  }
}
