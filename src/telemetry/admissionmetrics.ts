import type { Registry } from "prom-client";
import { type CounterOf, counters, type DurationOf, durations, type GaugeOf, gauges } from "./instruments.ts";

/** What the admission server measures; of webhooks in general under the names of controller-runtime. */
export interface AdmissionMetrics {
  /** From a request's first byte to its answer, seconds; webhook: `/validate`. */
  admissionSeconds: DurationOf<"webhook">;
  /** Answers; code: the HTTP status. */
  admissions: CounterOf<"webhook" | "code">;
  /** Requests under way. */
  admissionsInFlight: GaugeOf<"webhook">;
  /** What rules said; severity: `Deny`, `Warn`. */
  verdicts: CounterOf<"rule" | "severity" | "kind">;
  /** When the certificate that is served expires, seconds since the epoch. */
  certificateExpiry: GaugeOf<"certificate">;
}

/** Part of the operator's metrics, in their registry. */
export function createAdmissionMetrics(registry: Registry): AdmissionMetrics {
  const runtimeCounter = counters(registry, "controller_runtime_");
  const runtimeGauge = gauges(registry, "controller_runtime_");
  const counter = counters(registry, "fascia_");
  const gauge = gauges(registry, "fascia_");
  const duration = durations(registry, "controller_runtime_");
  return {
    admissionSeconds: duration("webhook_latency_seconds", "Time an admission request takes.", ["webhook"]),
    admissions: runtimeCounter("webhook_requests_total", "Admission requests by HTTP status.", ["webhook", "code"]),
    admissionsInFlight: runtimeGauge("webhook_requests_in_flight", "Admission requests under way.", ["webhook"]),
    verdicts: counter("policy_verdicts_total", "What policy rules said at admission.", ["rule", "severity", "kind"]),
    certificateExpiry: gauge("certificate_expiry_timestamp_seconds", "When a certificate expires.", ["certificate"]),
  };
}
