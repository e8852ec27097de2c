import { once } from "node:events";
import { EventEmitter } from "node:events";
import { type Arrival, type Step, compare } from "./scenario.ts";

/** Everything that arrived, step by step. */
export class Board {
  /** Arrivals of each step, by its index. */
  readonly steps: Arrival[][] = [];
  readonly #news = new EventEmitter();

  /** What arrives from now on belongs to the next step. */
  nextStep(onArrival: (arrival: Arrival) => void): void {
    this.steps.push([]);
    this.#news.removeAllListeners("arrival");
    this.#news.on("arrival", onArrival);
  }

  add(arrival: Arrival): void {
    this.steps.at(-1)?.push(arrival);
    this.#news.emit("arrival", arrival);
  }

  get all(): Arrival[] {
    return this.steps.flat();
  }

  /** Resolves once all that `step` expects has arrived, or after `timeoutMs`, with what is still missing. */
  async complete(step: Step, timeoutMs: number): Promise<Step["expected"]> {
    const signal = AbortSignal.timeout(timeoutMs);
    const missing = () => compare(step.expected, this.steps.at(-1) ?? []).missing;
    while (missing().length > 0 && !signal.aborted) {
      await once(this.#news, "arrival", { signal }).catch((error: Error) => {
        if (error.name !== "AbortError") throw error;
      });
    }
    return missing();
  }
}
