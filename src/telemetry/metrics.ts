import { collectDefaultMetrics, Registry } from "prom-client";
import { type CounterOf, counters, type DurationOf, durations, type GaugeOf, gauges } from "./instruments.ts";

/** What was measured, for Prometheus. */
export interface MetricsText {
  /** Everything in the text format of Prometheus 0.0.4. */
  text(): Promise<string>;
  readonly contentType: string;
}

/**
 * All that Fascia measures. `adapter` is `<namespace>/<name>` everywhere; the other labels come from closed sets. A
 * label that has not the form of such a name is written as `[refused]`.
 */
export interface Metrics extends MetricsText {
  /** Messages that a source took in; result: the receipt, `Accepted`, `Duplicate`, `Reuse`, `Refused`, `Rejected`, `Unavailable`. */
  received: CounterOf<"adapter" | "result">;
  /** Raw messages turned into a contract; result: `Published`, `Stripped` (nothing was left), `Quarantined`, `Failed`. */
  normalised: CounterOf<"adapter" | "contract" | "result">;
  /** Delivery attempts by how they ended; outcome: `Delivered`, `Transient`, `Ambiguous`, `Permanent`, `Skipped…`. */
  delivered: CounterOf<"adapter" | "integration" | "outcome">;
  /** From sending to the target's answer, seconds. */
  deliverySeconds: DurationOf<"adapter">;
  /** From a message's last byte to its durable write, seconds. */
  ingestSeconds: DurationOf<"adapter">;
  /**
   * Messages that the consumer (`<stream>/<name>`) has not acknowledged yet. Every process of an adapter tells the same:
   * take the greatest.
   */
  lag: GaugeOf<"adapter" | "consumer">;
  /** Messages that wait in the PARKED stream. */
  parked: GaugeOf<"adapter">;
  /** Messages put into quarantine; stage: `normalise`, `deliver`. */
  quarantined: CounterOf<"adapter" | "stage">;
  /** 1 while the target counts as down and is only probed, otherwise 0. */
  breakerOpen: GaugeOf<"adapter">;
  /** Connections of a source or target that are open. */
  connections: GaugeOf<"adapter">;
  /** Records of the audit that are in the log alone: the hub was away for too long. */
  auditLost: CounterOf<never>;
  /** Parts of messages that a contract version does not know; kind: `Segment`, `Field`, `Code`, `Value`. */
  drift: CounterOf<"adapter" | "contract" | "version" | "kind">;
  /** Messages that said what their sender's system does not own; outcome: `Rejected`, `Quarantined`, `Stripped`. */
  foreign: CounterOf<"adapter" | "outcome">;
  /** 1 for a contract version that is used past its end; passage: `Loud`: messages go on, `Held`: they wait. */
  contractEnded: GaugeOf<"adapter" | "contract" | "version" | "passage">;
  /** Of `fascia run`: problems for which the directory, as it stands, is refused; 0 while it is in effect. */
  refusedManifests: GaugeOf<never>;
}

/** A registry of its own for each call. `process: true`, the default, adds CPU, memory, event loop and GC of the process. */
export function createMetrics(options: { process?: boolean } = {}): Metrics {
  const registry = new Registry();
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  const counter = counters(registry, "fascia_");
  const gauge = gauges(registry, "fascia_");
  const duration = durations(registry, "fascia_");
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
    auditLost: counter("audit_lost_total", "Audit records that could not be written to the hub.", []),
    drift: counter("contract_drift_total", "Parts of messages that their contract does not know.", [
      "adapter",
      "contract",
      "version",
      "kind",
    ]),
    foreign: counter("ownership_conflicts_total", "Messages that said what their sender does not own, by outcome.", [
      "adapter",
      "outcome",
    ]),
    contractEnded: gauge("contract_ended", "1 while a contract version is used past its end.", [
      "adapter",
      "contract",
      "version",
      "passage",
    ]),
    refusedManifests: gauge("refused_manifests", "Problems for which the directory of manifests is refused.", []),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
