import { collectDefaultMetrics, Registry } from "prom-client";
import { type AdmissionMetrics, createAdmissionMetrics } from "./admissionmetrics.ts";
import {
  type AskedGaugeOf,
  type CounterOf,
  askedGauges,
  counters,
  type DurationOf,
  durations,
  type GaugeOf,
  gauges,
} from "./instruments.ts";
import type { MetricsText } from "./metrics.ts";

/**
 * What the operator measures, under the names of controller-runtime, so that dashboards made for other operators work
 * (https://book.kubebuilder.io/reference/metrics-reference).
 */
export interface OperatorMetrics extends MetricsText, AdmissionMetrics {
  /** Reconciles by how they ended; result: `success`, `requeue_after`, `error`. */
  reconciles: CounterOf<"controller" | "result">;
  reconcileErrors: CounterOf<"controller">;
  /** Errors that are not tried again. */
  terminalErrors: CounterOf<"controller">;
  reconcileSeconds: DurationOf<"controller">;
  activeWorkers: GaugeOf<"controller">;
  /** Keys that are ready and wait for a worker. */
  queueDepth: GaugeOf<"name" | "controller">;
  /** How long keys waited for a worker, seconds. */
  queueSeconds: DurationOf<"name" | "controller">;
  /** 1 while this process leads, otherwise 0. */
  leading: GaugeOf<"name">;
  /** Messages that wait to be normalised or delivered, also while no pod of the adapter (`<namespace>/<name>`) runs. */
  lag: GaugeOf<"adapter">;
  /** Messages that are put aside now. */
  quarantined: GaugeOf<"adapter">;
  /** Records of the audit that are in the log alone: the hub was away for too long. */
  auditLost: CounterOf<never>;
  /** Seconds until the sunset of each ContractVersion that has one announced. */
  contractWindows: AskedGaugeOf<"contract" | "version" | "phase">;
}

/** A registry of its own for each call. `process: true`, the default, adds CPU, memory, event loop and GC of the process. */
export function createOperatorMetrics(options: { process?: boolean } = {}): OperatorMetrics {
  const registry = new Registry();
  if (options.process !== false) collectDefaultMetrics({ register: registry });
  const counter = counters(registry, "");
  const gauge = gauges(registry, "");
  const duration = durations(registry, "");
  return {
    reconciles: counter("controller_runtime_reconcile_total", "Reconciles by how they ended.", [
      "controller",
      "result",
    ]),
    reconcileErrors: counter("controller_runtime_reconcile_errors_total", "Reconciles that failed.", ["controller"]),
    terminalErrors: counter(
      "controller_runtime_terminal_reconcile_errors_total",
      "Failures that are not tried again.",
      ["controller"],
    ),
    reconcileSeconds: duration("controller_runtime_reconcile_time_seconds", "Time a reconcile takes.", ["controller"]),
    activeWorkers: gauge("controller_runtime_active_workers", "Reconciles under way.", ["controller"]),
    queueDepth: gauge("workqueue_depth", "Keys that wait for a worker.", ["name", "controller"]),
    queueSeconds: duration("workqueue_queue_duration_seconds", "Time a key waits for a worker.", [
      "name",
      "controller",
    ]),
    leading: gauge("leader_election_master_status", "1 while this process leads.", ["name"]),
    lag: gauge("fascia_adapter_lag_messages", "Messages that wait to be normalised or delivered.", ["adapter"]),
    quarantined: gauge("fascia_adapter_quarantine_messages", "Messages that are put aside now.", ["adapter"]),
    auditLost: counter("fascia_audit_lost_total", "Audit records that could not be written to the hub.", []),
    contractWindows: askedGauges(registry, "")(
      "fascia_contract_window_seconds",
      "Seconds until the sunset of a ContractVersion, negative after it.",
      ["contract", "version", "phase"],
    ),
    ...createAdmissionMetrics(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
