import { backoff, type BackoffPolicy } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";

/** What becomes of a key that was processed: nothing, another try after a backoff, or another one after a while. */
export type Next = "done" | "retry" | { afterMs: number };

export interface WorkQueueOptions {
  /** Keys in work at once. */
  concurrency: number;
  backoff: BackoffPolicy;
  clock: Clock;
  /** Uniform in [0, 1). */
  random: () => number;
  /** Must not reject. `waitedMs` is how long the key had been ready. */
  process(key: string, waitedMs: number): Promise<Next>;
  /** How many keys are ready and wait for a worker, whenever that changes. */
  onDepth?(depth: number): void;
}

/**
 * Keys to be worked on, each once however often it was added, and never by two at once: a key that is added while it
 * is in work runs again afterwards. A run satisfies whatever was delayed for its key before; it says itself when the
 * next one is due.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  /** In the order in which they became ready, with when that was. */
  readonly #ready = new Map<string, number>();
  readonly #running = new Set<string>();
  /** Added while they were in work. */
  readonly #again = new Set<string>();
  readonly #delayed = new Map<string, { due: number; cancel: () => void }>();
  /** Runs in a row that asked for another try. */
  readonly #failures = new Map<string, number>();
  #state: "idle" | "working" | "stopped" = "idle";
  #drained = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Begins to work; until then keys are only collected. */
  start(): void {
    if (this.#state === "idle") this.#state = "working";
    this.#pump();
  }

  add(key: string): void {
    if (this.#state === "stopped") return;
    if (this.#running.has(key)) this.#again.add(key);
    else if (!this.#ready.has(key)) this.#ready.set(key, this.#options.clock.monotonic());
    this.#changed();
  }

  /** Adds the key after `ms`, unless it is due earlier already. */
  addAfter(key: string, ms: number): void {
    if (this.#state === "stopped") return;
    if (ms <= 0) return this.add(key);
    const due = this.#options.clock.monotonic() + ms;
    const before = this.#delayed.get(key);
    if (before !== undefined && before.due <= due) return;
    before?.cancel();
    const cancel = this.#options.clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { due, cancel });
  }

  /** Takes nothing on any more and forgets what waits. Resolves when nothing is in work. */
  stop(): Promise<void> {
    this.#state = "stopped";
    for (const { cancel } of this.#delayed.values()) cancel();
    for (const keys of [this.#delayed, this.#ready, this.#again, this.#failures]) keys.clear();
    this.#changed();
    if (this.#running.size === 0) this.#drained.resolve();
    return this.#drained.promise;
  }

  #changed(): void {
    this.#pump();
    this.#options.onDepth?.(this.#ready.size);
  }

  #pump(): void {
    for (const [key, since] of this.#ready) {
      if (this.#state !== "working" || this.#running.size >= this.#options.concurrency) return;
      this.#ready.delete(key);
      this.#running.add(key);
      this.#delayed.get(key)?.cancel();
      this.#delayed.delete(key);
      void this.#run(key, this.#options.clock.monotonic() - since);
    }
  }

  async #run(key: string, waitedMs: number): Promise<void> {
    const next = await this.#options.process(key, waitedMs);
    this.#running.delete(key);
    if (this.#state === "stopped") {
      if (this.#running.size === 0) this.#drained.resolve();
      return;
    }
    this.#plan(key, next);
    if (this.#again.delete(key)) this.add(key);
    this.#changed();
  }

  #plan(key: string, next: Next): void {
    if (next !== "retry") {
      this.#failures.delete(key);
      if (next !== "done") this.addAfter(key, next.afterMs);
      return;
    }
    const failures = (this.#failures.get(key) ?? 0) + 1;
    this.#failures.set(key, failures);
    this.addAfter(key, backoff(this.#options.backoff, failures, this.#options.random));
  }
}
