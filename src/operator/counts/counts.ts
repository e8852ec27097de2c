import type { Clock } from "../../base/clock.ts";
import { canonicalJson } from "../../base/hash.ts";
import { type Figures, FigureReader } from "../../jetstream/figures.ts";
import type { Hub } from "../../jetstream/hub.ts";
import type { Report } from "../../jetstream/reports.ts";
import type { Log } from "../../telemetry/log.ts";
import type { OperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { DriftBoard } from "./driftboard.ts";
import { Listeners } from "../manager/listeners.ts";
import type { Runnable } from "../manager/runnable.ts";
import type { Watch } from "../manager/watches.ts";

export interface CountsDeps {
  clock: Clock;
  log: Log;
  metrics: Pick<OperatorMetrics, "lag" | "quarantined">;
}

interface Shown {
  figures: Figures;
  /** Monotonic time. */
  at: number;
}

/** How often the hub is asked: metrics are as old as this at most. */
const READ_MS = 15_000;
/** While there is no hub to ask. */
const LOOK_MS = 200;
/** Nobody waits longer than this for the first round. */
const PATIENCE_MS = 10_000;
/** What status says of an Adapter changes at most this often. */
const SHOW_MS = 60_000;

const NO_REPORT: Report = { secrets: {} };

/**
 * What the hub tells of Adapters: what they say of themselves, and how many messages came, went and wait. Metrics have
 * that as it was read last, status at most once a minute: what moves all the time must not be written all the time.
 */
export class Counts implements Runnable {
  readonly name = "counts";
  readonly drift: DriftBoard;
  readonly #hub: () => Hub | undefined;
  readonly #deps: CountsDeps;
  readonly #stopping = new AbortController();
  readonly #listeners = new Listeners<string>();
  readonly #shown = new Map<string, Shown>();
  #reader: { hub: Hub; reader: FigureReader } | undefined;
  #latest: ReadonlyMap<string, Figures> = new Map();
  #reports: ReadonlyMap<string, Report> = new Map();
  #isRead = false;
  #startedAt = 0;
  #running: Promise<void> = Promise.resolve();

  /** `hub` is the connection that is open now. */
  constructor(hub: () => Hub | undefined, deps: CountsDeps) {
    this.#hub = hub;
    this.#deps = deps;
    this.drift = new DriftBoard(deps.clock);
  }

  start(): Promise<void> {
    this.#startedAt = this.#deps.clock.monotonic();
    this.#running = this.#run();
    return Promise.resolve();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** What status is to say of the Adapter with this key; undefined while that is not known. */
  of(key: string): Figures | undefined {
    return this.#shown.get(key)?.figures;
  }

  /** What the Adapter with this key tells of itself. */
  report(key: string): Report {
    return this.#reports.get(key) ?? NO_REPORT;
  }

  /** Whether the hub was asked, so that what was said before need not be taken back for want of knowledge. */
  get isKnown(): boolean {
    return this.#isRead || this.#deps.clock.monotonic() - this.#startedAt > PATIENCE_MS;
  }

  /** Tells of each Adapter of which something else is to be said. */
  get watch(): Watch {
    return { subscribe: (enqueue) => this.#listeners.add(enqueue) };
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#deps;
    while (!this.#stopping.signal.aborted) {
      const hub = this.#hub();
      if (hub) await this.#round(hub).catch((error: unknown) => log.debug("counts are waiting", { error }));
      await clock.sleep(hub ? READ_MS : LOOK_MS, this.#stopping.signal);
    }
  }

  async #round(hub: Hub): Promise<void> {
    if (this.#reader?.hub !== hub) this.#reader = { hub, reader: new FigureReader(hub) };
    const { figures, reports, drift } = await this.#reader.reader.read();
    const before = this.#reports;
    this.#reports = reports;
    this.#isRead = true;
    this.drift.take(drift);
    this.#measure(figures);
    for (const [key, latest] of figures) this.#show(key, latest);
    for (const key of new Set([...before.keys(), ...reports.keys()]))
      if (canonicalJson(before.get(key) ?? {}) !== canonicalJson(reports.get(key) ?? {})) this.#listeners.tell(key);
  }

  #measure(figures: ReadonlyMap<string, Figures>): void {
    const { lag, quarantined } = this.#deps.metrics;
    for (const [adapter, latest] of figures) {
      lag.set({ adapter }, latest.lag);
      quarantined.set({ adapter }, latest.quarantined);
    }
    for (const adapter of this.#latest.keys()) if (!figures.has(adapter)) this.#forget(adapter);
    this.#latest = figures;
  }

  #forget(adapter: string): void {
    this.#deps.metrics.lag.remove({ adapter });
    this.#deps.metrics.quarantined.remove({ adapter });
    this.#shown.delete(adapter);
  }

  #show(key: string, latest: Figures): void {
    const now = this.#deps.clock.monotonic();
    const shown = this.#shown.get(key);
    if (shown && (now - shown.at < SHOW_MS || same(shown.figures, latest))) return;
    this.#shown.set(key, { figures: latest, at: now });
    this.#listeners.tell(key);
  }
}

const same = (a: Figures, b: Figures): boolean =>
  a.in === b.in && a.out === b.out && a.quarantined === b.quarantined && a.lag === b.lag;
