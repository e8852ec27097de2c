import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { isName, REFUSED } from "./fields.ts";

/** Counts what happened; never falls. */
export interface CounterOf<L extends string> {
  add(labels: Record<L, string>, count?: number): void;
}

/** Says how much there is now. */
export interface GaugeOf<L extends string> {
  set(labels: Record<L, string>, value: number): void;
  add(labels: Record<L, string>, difference: number): void;
  /** Forgets the series, e.g. of an adapter that is gone. */
  remove(labels: Record<L, string>): void;
}

/** Tells how durations are spread. */
export interface DurationOf<L extends string> {
  observe(labels: Record<L, string>, seconds: number): void;
}

/**
 * All that Fascia measures. `adapter` is `<namespace>/<name>` everywhere; the other labels come from closed sets. A
 * label that has not the form of such a name is written as `[refused]`.
 */
export interface Metrics {
  /** Messages that a source took in; result: the receipt, `Accepted`, `Duplicate`, `Reuse`, `Refused`, `Unavailable`. */
  received: CounterOf<"adapter" | "result">;
  /** Raw messages turned into a contract; result: `Published`, `Quarantined`, `Failed`. */
  normalised: CounterOf<"adapter" | "contract" | "result">;
  /** Delivery attempts by how they ended; outcome: `Delivered`, `Transient`, `Ambiguous`, `Permanent`, `Skipped…`. */
  delivered: CounterOf<"adapter" | "integration" | "outcome">;
  /** From sending to the target's answer, seconds. */
  deliverySeconds: DurationOf<"adapter">;
  /** From a message's last byte to its durable write, seconds. */
  ingestSeconds: DurationOf<"adapter">;
  /** Messages of the stream that the consumer has not acknowledged yet. */
  lag: GaugeOf<"adapter" | "consumer">;
  /** Messages that wait in the PARKED stream. */
  parked: GaugeOf<"adapter">;
  /** Messages put into quarantine; stage: `normalise`, `deliver`. */
  quarantined: CounterOf<"adapter" | "stage">;
  /** 1 while the target counts as down and is only probed, otherwise 0. */
  breakerOpen: GaugeOf<"adapter">;
  /** Connections of a source or target that are open. */
  connections: GaugeOf<"adapter">;
  /** Parts of messages that a mapping does not know: codes without a translation, segments without a map. */
  drift: CounterOf<"adapter">;
  /** Everything in the text format of Prometheus 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Seconds, from what a local write takes to what a slow remote service takes. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/** A registry of its own for each call. `process: true`, the default, adds CPU, memory, event loop and GC of the process. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  const counter = counters(registry);
  const gauge = gauges(registry);
  const duration = durations(registry);
  return {
    received: counter("messages_received_total", "Messages taken in by sources.", ["adapter", "result"]),
    normalised: counter("messages_normalised_total", "Raw messages turned into a contract.", [
      "adapter",
      "contract",
      "result",
    ]),
    delivered: counter("deliveries_total", "Delivery attempts by outcome.", ["adapter", "integration", "outcome"]),
    deliverySeconds: duration("delivery_seconds", "Time from sending to the target's answer.", ["adapter"]),
    ingestSeconds: duration("ingest_seconds", "Time from a message's last byte to its durable write.", ["adapter"]),
    lag: gauge("consumer_lag_messages", "Messages not acknowledged by the consumer yet.", ["adapter", "consumer"]),
    parked: gauge("parked_messages", "Messages that wait in the PARKED stream.", ["adapter"]),
    quarantined: counter("messages_quarantined_total", "Messages put into quarantine.", ["adapter", "stage"]),
    breakerOpen: gauge("breaker_open", "1 while the target counts as down.", ["adapter"]),
    connections: gauge("connections", "Open connections.", ["adapter"]),
    drift: counter("mapping_drift_total", "Parts of messages that the mapping does not know.", ["adapter"]),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

const counters =
  (registry: Registry) =>
  <L extends string>(name: string, help: string, labelNames: L[]): CounterOf<L> => {
    const counter = new Counter({ name: `fascia_${name}`, help, labelNames, registers: [registry] });
    return { add: (labels, count = 1) => counter.inc(checkLabels(labels), count) };
  };

const gauges =
  (registry: Registry) =>
  <L extends string>(name: string, help: string, labelNames: L[]): GaugeOf<L> => {
    const gauge = new Gauge({ name: `fascia_${name}`, help, labelNames, registers: [registry] });
    return {
      set: (labels, value) => gauge.set(checkLabels(labels), value),
      add: (labels, difference) => gauge.inc(checkLabels(labels), difference),
      remove: (labels) => gauge.remove(checkLabels(labels)),
    };
  };

const durations =
  (registry: Registry) =>
  <L extends string>(name: string, help: string, labelNames: L[]): DurationOf<L> => {
    const histogram = new Histogram({
      name: `fascia_${name}`,
      help,
      labelNames,
      buckets: BUCKETS,
      registers: [registry],
    });
    return { observe: (labels, seconds) => histogram.observe(checkLabels(labels), seconds) };
  };

function checkLabels<L extends string>(labels: Record<L, string>): Record<L, string> {
  const checked = {} as Record<L, string>;
  for (const name in labels) checked[name] = isName(labels[name]) ? labels[name] : REFUSED;
  return checked;
}
