import type { BackoffPolicy } from "../../base/backoff.ts";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";
import type { OperatorMetrics } from "../../telemetry/operatormetrics.ts";
import type { Runnable } from "./runnable.ts";
import type { Watch } from "./watches.ts";
import { type Next, WorkQueue } from "./workqueue.ts";

/** What a reconcile asks for. */
export interface Result {
  /** To be reconciled again after this time, at least 100 ms, though nothing changed. Default: only when something does. */
  requeueAfterMs?: number;
}

/** An error that trying again does not mend: the key waits for a change. */
export class TerminalError extends FasciaError {}

export interface ControllerOptions {
  /** Lower case, as it stands in metrics and logs, e.g. `adapter`. */
  name: string;
  watches: readonly Watch[];
  /**
   * Makes what is there match what is wanted for the resource of this key, which may be gone. Takes everything it needs
   * from caches, never from what woke it. An error means another try after a backoff. `signal` aborts when its time is
   * over or the process stops.
   */
  reconcile(key: string, signal: AbortSignal): Promise<Result>;
  /** Keys reconciled at once. Default 4. */
  concurrency?: number;
  /** After which `signal` aborts, milliseconds. Default 60 s. */
  timeoutMs?: number;
  /** Between tries of a key that fails. Default 0.25 s to 2 min. */
  backoff?: BackoffPolicy;
}

export interface ControllerDeps {
  clock: Clock;
  random: () => number;
  log: Log;
  metrics: OperatorMetrics;
}

const BACKOFF: BackoffPolicy = { initialMs: 250, maxMs: 120_000 };
/** A reconcile that wants to run again at once, always, must not keep everything else from running. */
const MIN_REQUEUE_MS = 100;
const TIMEOUT_MS = 60_000;
/** What is under way when the process stops has this long to end well. */
const GRACE_MS = 5_000;

/** Reconciles the keys that its watches tell, each by itself, for as long as it runs. */
export class Controller implements Runnable {
  readonly name: string;
  readonly #options: ControllerOptions;
  readonly #deps: ControllerDeps;
  readonly #log: Log;
  readonly #queue: WorkQueue;
  /** Of each reconcile that is under way: how to tell it that its time is over. */
  readonly #underWay = new Set<AbortController>();
  #unsubscribe: (() => void)[] = [];

  constructor(options: ControllerOptions, deps: ControllerDeps) {
    const { name, concurrency = 4, backoff = BACKOFF } = options;
    const { clock, random, metrics } = deps;
    this.name = `controller ${name}`;
    this.#options = options;
    this.#deps = deps;
    this.#log = deps.log.child({ component: name });
    this.#queue = new WorkQueue({
      concurrency,
      backoff,
      clock,
      random,
      process: (key, waitedMs) => this.#process(key, waitedMs),
      onDepth: (depth) => metrics.queueDepth.set({ name, controller: name }, depth),
    });
  }

  /** Everything that is there is reconciled once. Caches are filled by now. */
  start(): Promise<void> {
    this.#unsubscribe = this.#options.watches.map((watch) => watch.subscribe((key) => this.enqueue(key)));
    this.#queue.start();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const cancel = this.#deps.clock.after(GRACE_MS, () => {
      for (const over of this.#underWay) over.abort();
    });
    await this.#queue.stop();
    cancel();
  }

  /** For what stands outside of Kubernetes: `key` has to be reconciled. */
  enqueue(key: string): void {
    this.#queue.add(key);
  }

  async #process(key: string, waitedMs: number): Promise<Next> {
    const { clock, metrics } = this.#deps;
    const { name } = this.#options;
    metrics.queueSeconds.observe({ name, controller: name }, waitedMs / 1000);
    metrics.activeWorkers.add({ controller: name }, 1);
    const began = clock.monotonic();
    const { next, result } = await this.#reconcile(key);
    metrics.reconcileSeconds.observe({ controller: name }, (clock.monotonic() - began) / 1000);
    metrics.reconciles.add({ controller: name, result });
    metrics.activeWorkers.add({ controller: name }, -1);
    return next;
  }

  async #reconcile(key: string): Promise<{ next: Next; result: string }> {
    const over = new AbortController();
    this.#underWay.add(over);
    const cancel = this.#deps.clock.after(this.#options.timeoutMs ?? TIMEOUT_MS, () => over.abort());
    try {
      const { requeueAfterMs } = await this.#options.reconcile(key, over.signal);
      if (requeueAfterMs === undefined) return { next: "done", result: "success" };
      return { next: { afterMs: Math.max(requeueAfterMs, MIN_REQUEUE_MS) }, result: "requeue_after" };
    } catch (error) {
      return { next: this.#failed(key, error), result: "error" };
    } finally {
      this.#underWay.delete(over);
      cancel();
    }
  }

  #failed(key: string, error: unknown): Next {
    const { metrics } = this.#deps;
    const controller = this.#options.name;
    const terminal = error instanceof TerminalError;
    metrics.reconcileErrors.add({ controller });
    if (terminal) metrics.terminalErrors.add({ controller });
    this.#log.warn("reconcile failed", { resource: key, error, state: terminal ? "Terminal" : "Retrying" });
    return terminal ? "done" : "retry";
  }
}
