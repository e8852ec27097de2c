import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { ContractVersion } from "../../api/contractversion.ts";
import type { Change, Verdict } from "../../policy/rule.ts";

export interface Asked {
  change: Change;
  /** What the change is tried with. */
  related: ContractVersion[];
  /** As in `translationFails`. */
  isChange: boolean;
}

/** The first message of the thread. */
export const LOADED = "loaded";

const MAX_HEAP_MB = 192;

/** A thread that judges changes one at a time and can be ended while it does. */
export class Thread {
  readonly #worker: Worker;
  readonly #loaded: Promise<unknown>;

  constructor() {
    const file = new URL("threadworker.ts", import.meta.url);
    this.#worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
    this.#loaded = once(this.#worker, "message").catch(() => {});
    // Whoever waits for an answer hears of its end; an error with nobody waiting must not end the process.
    this.#worker.on("error", () => {});
    this.#worker.unref();
  }

  /** Whether it can be asked; false when `patience` aborts first. */
  async loaded(patience: AbortSignal): Promise<boolean> {
    const aborted = once(patience, "abort").then(() => true);
    const late = await Promise.race([this.#loaded.then(() => false), patience.aborted || aborted]);
    return !late;
  }

  /** Undefined where there was no answer within `ms`, or where the thread ended over it: it is of no use any more. */
  ask(asked: Asked, ms: number): Promise<Verdict[] | undefined> {
    const worker = this.#worker;
    return new Promise((resolve) => {
      const answered = (verdicts: Verdict[]) => done(verdicts);
      const ended = () => done(undefined);
      const timer = setTimeout(ended, ms);
      const done = (verdicts: Verdict[] | undefined) => {
        clearTimeout(timer);
        worker.off("message", answered).off("exit", ended);
        resolve(verdicts);
      };
      worker.once("message", answered).once("exit", ended).postMessage(asked);
    });
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }
}
