import type { Clock } from "../../base/clock.ts";
import type { Runnable } from "./runnable.ts";

export interface PollerOptions {
  name: string;
  /** Between two looks, milliseconds. */
  everyMs: number;
  /** One look at what nobody tells of. One that rejects changes nothing but for what `failed` does; the next one comes. */
  look(): Promise<void>;
  failed(error: unknown): void;
  /** Whether enough is known for others to start. Where it is given, `start` looks at once, and again every 2 s until it is so. */
  known?: () => boolean;
  clock: Pick<Clock, "sleep">;
}

const RETRY_MS = 2_000;

/** Looks again and again, one look at a time. */
export class Poller implements Runnable {
  readonly name: string;
  readonly #options: PollerOptions;
  readonly #over = new AbortController();
  #polling: Promise<void> | undefined;

  constructor(options: PollerOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async start(signal: AbortSignal): Promise<void> {
    const ended = AbortSignal.any([signal, this.#over.signal]);
    await this.#untilKnown(ended);
    if (!ended.aborted) this.#polling = this.#poll();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#polling;
  }

  async #untilKnown(ended: AbortSignal): Promise<void> {
    const { clock, known } = this.#options;
    if (!known) return;
    await this.#look();
    while (!known() && !ended.aborted) {
      await clock.sleep(RETRY_MS, ended);
      await this.#look();
    }
  }

  async #poll(): Promise<void> {
    const { clock, everyMs } = this.#options;
    for (;;) {
      await clock.sleep(everyMs, this.#over.signal);
      if (this.#over.signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { failed, look } = this.#options;
    try {
      await look();
    } catch (error) {
      failed(error);
    }
  }
}
