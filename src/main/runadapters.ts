import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import { safeReason } from "../base/errors.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import { type ProcessParts, RunningAdapter } from "./process.ts";

const RETRY: BackoffPolicy = { initialMs: 1000, maxMs: 30_000 };

/** The adapters of this process, started and stopped as the manifests say. */
export class RunAdapters {
  readonly #parts: ProcessParts;
  readonly #without: Set<string>;
  readonly #running = new Map<string, RunningAdapter>();
  /** Adapters that could not be started and are tried again, with what they wait for. */
  readonly #waiting = new Map<string, NodeJS.Timeout>();
  /** Attempts to start one that are under way. */
  readonly #starting = new Set<Promise<void>>();

  constructor(parts: ProcessParts, without: Set<string>) {
    this.#parts = parts;
    this.#without = without;
  }

  /** Makes the wanted adapters run and all others stop. Resolves after the first attempt of each. */
  async follow(wanted: AdapterName[]): Promise<void> {
    const names = new Set(wanted.map(adapterRef));
    await this.#retryNoMore();
    const gone = [...this.#running].filter(([name]) => !names.has(name));
    await Promise.all(gone.map(([name, adapter]) => this.#stop(name, adapter)));
    const fresh = wanted.filter((a) => !this.#running.has(adapterRef(a)) && !this.#without.has(a.name));
    await Promise.all(fresh.map((adapter) => this.#try(adapter, 1)));
  }

  async stop(): Promise<void> {
    await this.#retryNoMore();
    await Promise.all([...this.#running].map(([name, adapter]) => this.#stop(name, adapter)));
  }

  #try(adapter: AdapterName, attempt: number): Promise<void> {
    const starting = this.#start(adapter, attempt).finally(() => this.#starting.delete(starting));
    this.#starting.add(starting);
    return starting;
  }

  /** One adapter that can't start, e.g. because its port is taken, must not keep the others from running. */
  async #start(adapter: AdapterName, attempt: number): Promise<void> {
    const name = adapterRef(adapter);
    try {
      this.#running.set(name, await RunningAdapter.start(adapter, this.#parts));
      this.#parts.health.forget(startOf(name));
    } catch (error) {
      // The process is not ready while one of its adapters does not run.
      this.#parts.health.hold(startOf(name), safeReason(error));
      this.#parts.log.error("adapter not started", { adapter: name, attempt, reason: safeReason(error), error });
      const again = () => {
        this.#waiting.delete(name);
        void this.#try(adapter, attempt + 1);
      };
      this.#waiting.set(name, setTimeout(again, backoff(RETRY, attempt, Math.random)));
    }
  }

  async #stop(name: string, adapter: RunningAdapter): Promise<void> {
    this.#running.delete(name);
    await adapter.stop();
  }

  /** An attempt under way would otherwise begin what the next one begins, too, or what was to stop. */
  async #retryNoMore(): Promise<void> {
    this.#forgetWaiting();
    while (this.#starting.size > 0) {
      await Promise.all(this.#starting);
      this.#forgetWaiting();
    }
  }

  #forgetWaiting(): void {
    for (const [name, timer] of this.#waiting) {
      clearTimeout(timer);
      this.#parts.health.forget(startOf(name));
    }
    this.#waiting.clear();
  }
}

const startOf = (name: string): string => `start of adapter ${name}`;
