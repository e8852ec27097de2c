import type { Outcome } from "../../adapters/adapter.ts";
import type { LineageRecord } from "../../api/lineage.ts";
import { adapterRef } from "../../compile/names.ts";
import { HEADER, lineageOf } from "../../jetstream/headers.ts";
import type { Deps } from "../deps.ts";
import { quarantine } from "../quarantine.ts";
import type { RecordWriter } from "../records.ts";
import type { Decision } from "./decide.ts";
import { type Entry, headersOf } from "./entry.ts";
import type { Route } from "./route.ts";

/** What every record of a delivery says. */
export const recordOf = (entry: Entry, deps: Deps) => ({
  ...lineageOf(entry.meta),
  adapter: adapterRef(deps.adapter),
  ref: entry.ref,
  ...(entry.settled.size > 0 && { settled: [...entry.settled] }),
});

/** Writes down what becomes of messages: in records, in quarantine, in metrics. */
export class Journal {
  readonly #deps: Deps;
  readonly #domain: string;
  readonly #records: RecordWriter;
  readonly #broken: (error: unknown) => void;

  constructor(deps: Deps, domain: string, records: RecordWriter, broken: (error: unknown) => void) {
    this.#deps = deps;
    this.#domain = domain;
    this.#records = records;
    this.#broken = broken;
  }

  /** How an attempt ended. Whoever must know that it is durable waits for `entry.recorded`. */
  outcome(entry: Entry, route: Route, result: Partial<LineageRecord>): void {
    this.#write(entry, route, { hop: "Delivery", attempt: entry.attempts, ...result });
  }

  /** That nothing is attempted by the route. No outcome: what is known of attempts before stays known. */
  held(entry: Entry, route: Route, reason: string): void {
    this.#write(entry, route, { hop: "Held", reason });
  }

  #write(entry: Entry, route: Route, result: Pick<LineageRecord, "hop"> & Partial<LineageRecord>): void {
    const record: LineageRecord = {
      ...recordOf(entry, this.#deps),
      at: this.#deps.clock.now(),
      integration: route.config.integration,
      ...(entry.plan && { revision: entry.plan.revision }),
      ...result,
    };
    const durable = this.#records.add(record);
    durable.catch((error: unknown) => this.#broken(error));
    entry.recorded.push(durable);
  }

  /** Resolves when it is durable that the message is in the PARKED stream. `reason`: why nothing there is tried now. */
  parked(entry: Entry, reason: string | undefined): Promise<void> {
    const at = this.#deps.clock.now();
    return this.#records.add({ ...recordOf(entry, this.#deps), hop: "Parked", at, ...(reason && { reason }) });
  }

  /** Resolves when the message is in quarantine. Rejects only when `signal` aborts. */
  quarantine(
    entry: Entry,
    route: Route,
    decision: Extract<Decision, { action: "quarantine" }>,
    signal: AbortSignal,
  ): Promise<void> {
    const { integration } = route.config;
    const headers = {
      ...headersOf(entry),
      [HEADER.integration]: integration,
      [HEADER.domain]: this.#domain,
      [HEADER.ref]: entry.ref,
      [HEADER.attempt]: String(entry.attempts),
    };
    const id = `${adapterRef(this.#deps.adapter)}.${entry.ref}.${integration}`;
    const { outcome, reason } = decision;
    return quarantine(this.#deps, { stage: "deliver", id, data: entry.data, headers, outcome, reason }, signal);
  }

  count(route: Route, outcome: Outcome, ms: number): void {
    const adapter = adapterRef(this.#deps.adapter);
    const { delivered, deliverySeconds } = this.#deps.metrics;
    delivered.add({ adapter, integration: route.config.integration, outcome: outcome.kind });
    deliverySeconds.observe({ adapter }, ms / 1000);
  }
}
