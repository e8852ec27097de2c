import type { Clock } from "../base/clock.ts";
import { errorCode, safeReason } from "../base/errors.ts";
import type { Log } from "../telemetry/log.ts";
import type { Runnable } from "./manager/runnable.ts";

export interface KeysKeeperOptions {
  /** The installation's keys as this process knows them. */
  keys: string;
  /** What is in the operator's Secret now; where there is none it is made again, of these keys. */
  keep(): Promise<string>;
  clock: Pick<Clock, "sleep">;
  log: Log;
}

const EVERY_MS = 60_000;

/** Puts the Secret with the installation's keys back while somebody still knows them: the next process would make others. */
export class KeysKeeper implements Runnable {
  readonly name = "keys of the installation";
  readonly #options: KeysKeeperOptions;
  readonly #over = new AbortController();
  #keeping: Promise<void> = Promise.resolve();

  constructor(options: KeysKeeperOptions) {
    this.#options = options;
  }

  start(): Promise<void> {
    this.#keeping = this.#keep();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#over.abort();
    await this.#keeping;
  }

  async #keep(): Promise<void> {
    const { clock } = this.#options;
    for (;;) {
      await clock.sleep(EVERY_MS, this.#over.signal);
      if (this.#over.signal.aborted) return;
      await this.#look();
    }
  }

  async #look(): Promise<void> {
    const { keep, keys, log } = this.#options;
    const way =
      "restore the Secret from your backup before any operator starts: with others every patient is a new one";
    try {
      if ((await keep()) !== keys) log.error("keys of the installation were replaced", { reason: way });
    } catch (error) {
      log.warn("keys of the installation not looked after", {
        code: errorCode(error),
        reason: safeReason(error),
        error,
      });
    }
  }
}
