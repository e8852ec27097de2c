import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Log } from "../../telemetry/log.ts";
import type { OperatorMetrics } from "../../telemetry/operatormetrics.ts";
import type { KubeClient } from "../kube/client.ts";
import { ifFound, isConflict, isNotFound } from "../kube/failure.ts";
import type { ObjectName } from "../kube/resource.ts";
import { claim, type Lease, LEASES, type Sighting, sighted, written } from "./lease.ts";
import type { Runnable } from "./runnable.ts";

export interface ElectorOptions {
  lease: ObjectName;
  /** Unique for each process, e.g. `<pod>_<random>`: a process that starts anew is another one. */
  identity: string;
  /** How long others leave a silent holder alone, milliseconds. Default 15 s. */
  durationMs?: number;
  /** How long a holder leads without having renewed, milliseconds; shorter than `durationMs`. Default 10 s. */
  deadlineMs?: number;
  /** Between two tries, milliseconds. Default 2 s. */
  retryMs?: number;
}

export interface ElectorDeps {
  client: Pick<KubeClient, "get" | "create" | "replace">;
  clock: Clock;
  random: () => number;
  log: Log;
  metrics: Pick<OperatorMetrics, "leading">;
}

/**
 * Sees to it that of all processes with the same Lease at most one leads. A holder counts its time from before it sent
 * its last successful write, others from when they saw it, each by its own monotonic clock; the holder's time is the
 * shorter one. Leadership that was lost does not come back: the process ends and starts anew.
 */
export class Elector implements Runnable {
  readonly name = "leadership";
  /** Rejects with FasciaError `LeaseLost` when leadership ends without having been given back. */
  readonly lost: Promise<never>;
  readonly #lost = Promise.withResolvers<never>();
  readonly #options: Required<ElectorOptions>;
  readonly #deps: ElectorDeps;
  readonly #stopping = new AbortController();
  #seen: Sighting | undefined;
  /** As we wrote it last; undefined where it has to be read first. */
  #lease: Lease | undefined;
  /** Monotonic time until which we lead; in the past where we do not. */
  #leadsUntil = Number.NEGATIVE_INFINITY;
  /** A write of ours was sent, so that the Lease may be ours whatever we know. */
  #mayHold = false;
  /** The last try failed, which is said once. */
  #troubled = false;
  #renewing: Promise<void> | undefined;

  constructor(options: ElectorOptions, deps: ElectorDeps) {
    this.#options = { durationMs: 15_000, deadlineMs: 10_000, retryMs: 2_000, ...options };
    this.#deps = deps;
    this.lost = this.#lost.promise;
    // Whoever runs the elector listens; before that nobody has to.
    this.lost.catch(() => {});
  }

  /** Whether we lead at this very moment. Cheap: asked before each write. */
  holds(): boolean {
    return this.#deps.clock.monotonic() < this.#leadsUntil;
  }

  /** Resolves when we lead, however long that takes, or when `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#stopping.signal]);
    while (!either.aborted) {
      await this.#try(either);
      if (this.holds()) {
        this.#told(true);
        this.#renewing = this.#renew();
        return;
      }
      await this.#pause(either);
    }
  }

  /** Gives the Lease back, so that another one takes over at its next look. What we lead must have ended before. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#renewing;
    this.#leadsUntil = Number.NEGATIVE_INFINITY;
    if (this.#mayHold) await this.#release();
  }

  async #renew(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#pause(signal);
      if (!signal.aborted) await this.#try(signal);
      if (!signal.aborted && !this.holds()) return this.#end();
    }
  }

  #told(leading: boolean): void {
    const { log, metrics } = this.#deps;
    metrics.leading.set({ name: this.#options.lease.name }, leading ? 1 : 0);
    log.info("leadership changed", { state: leading });
  }

  #end(): void {
    this.#told(false);
    const message = "leadership was lost: the Lease could not be renewed in time, or somebody else has it";
    this.#lost.reject(new FasciaError("LeaseLost", message));
  }

  /** Looks, and writes where the Lease is ours to write. */
  async #try(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#deps;
    const limitMs = this.holds() ? this.#leadsUntil - clock.monotonic() : this.#options.deadlineMs;
    try {
      await this.#bounded(limitMs, signal, async (either) => {
        // What we know may be old: written by a request whose answer was lost, or deleted by hand.
        if (!(await this.#attempt(either))) await this.#attempt(either);
      });
      this.#troubled = false;
    } catch (error) {
      if (!signal.aborted && !this.#troubled) log.warn("lease not written", { error });
      this.#troubled = true;
    }
  }

  /** False when the Lease was not as we knew it. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    const { clock } = this.#deps;
    const { identity, durationMs, deadlineMs } = this.#options;
    const lease = this.#lease ?? (await this.#read(signal));
    this.#seen = sighted(this.#seen, lease, clock.monotonic());
    if (claim(this.#seen, identity, durationMs, clock.monotonic()) === "wait") {
      this.#leadsUntil = Number.NEGATIVE_INFINITY;
      return true;
    }
    const began = clock.monotonic();
    this.#mayHold = true;
    try {
      this.#lease = await this.#write(
        lease,
        written(lease ?? this.#empty(), identity, durationMs, clock.now()),
        signal,
      );
    } catch (error) {
      this.#lease = undefined;
      if (isConflict(error) || isNotFound(error)) return false;
      throw error;
    }
    this.#seen = sighted(this.#seen, this.#lease, clock.monotonic());
    this.#leadsUntil = began + deadlineMs;
    return true;
  }

  #empty(): Lease {
    const { name, namespace } = this.#options.lease;
    return { metadata: { name, ...(namespace !== undefined && { namespace }) } };
  }

  #write(before: Lease | undefined, lease: Lease, signal: AbortSignal): Promise<Lease> {
    const { client } = this.#deps;
    const once = { signal, retry: false };
    return before === undefined ? client.create(LEASES, lease, once) : client.replace(LEASES, lease, once);
  }

  #read(signal: AbortSignal): Promise<Lease | undefined> {
    return ifFound(this.#deps.client.get<Lease>(LEASES, this.#options.lease, { signal, retry: false }));
  }

  async #release(): Promise<void> {
    const { clock, log } = this.#deps;
    const { identity, deadlineMs } = this.#options;
    try {
      await this.#bounded(deadlineMs / 2, new AbortController().signal, async (signal) => {
        const lease = await this.#read(signal);
        if (lease?.spec?.holderIdentity !== identity) return;
        await this.#write(lease, written(lease, undefined, 0, clock.now()), signal);
        this.#told(false);
      });
    } catch (error) {
      log.warn("lease not given back", { error, ms: this.#options.durationMs });
    }
  }

  async #bounded(ms: number, signal: AbortSignal, work: (either: AbortSignal) => Promise<void>): Promise<void> {
    const over = new AbortController();
    const cancel = this.#deps.clock.after(ms, () => over.abort());
    await work(AbortSignal.any([signal, over.signal])).finally(cancel);
  }

  /** Up to a fifth longer, so that those who wait do not all look at once; never beyond the end of our time. */
  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const retryMs = this.#options.retryMs * (1 + 0.2 * random());
    return clock.sleep(this.holds() ? Math.min(retryMs, this.#leadsUntil - clock.monotonic()) : retryMs, signal);
  }
}
