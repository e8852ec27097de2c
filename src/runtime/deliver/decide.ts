import type { Outcome } from "../../adapters/adapter.ts";
import type { RouteConfig } from "../../compile/config.ts";
import { backoff } from "../../base/backoff.ts";

/** What follows from an attempt. */
export type Decision =
  | { action: "settle"; outcome: "Delivered" }
  | { action: "quarantine"; outcome: "Permanent" | "Ambiguous"; reason: string }
  /** Again after the delay, in place. */
  | { action: "retry"; delayMs: number; reason: string }
  /** Move the lane to the PARKED stream, where it is tried again after the delay. */
  | { action: "park"; delayMs: number; reason: string };

export interface Circumstances {
  route: Pick<RouteConfig, "retry" | "onPermanent">;
  /** Attempts so far, this one included. */
  attempt: number;
  idempotent: boolean;
  /** Already in the PARKED stream: retried there until it ends. */
  parked: boolean;
  /** So much waits behind failing messages that room has to be made for others. */
  crowded: boolean;
  random: () => number;
}

/** The outcome table. */
export function decide(outcome: Outcome, c: Circumstances): Decision {
  switch (outcome.kind) {
    case "Delivered":
      return { action: "settle", outcome: "Delivered" };
    case "Permanent":
      if (c.route.onPermanent === "Quarantine")
        return { action: "quarantine", outcome: "Permanent", reason: outcome.reason };
      return {
        action: c.parked ? "retry" : "park",
        delayMs: c.route.retry.maxDelaySeconds * 1000,
        reason: outcome.reason,
      };
    case "Ambiguous":
      if (!c.idempotent) return { action: "quarantine", outcome: "Ambiguous", reason: outcome.reason };
      return again(c, outcome.reason, undefined, outcome.down);
    case "Transient":
      return again(c, outcome.reason, outcome.retryAfterMs, outcome.down);
  }
}

/**
 * A target that is down is the breaker's affair: waiting for it uses up nobody's attempts. With a crowd and without an
 * open breaker it is up for others, hence not down.
 */
function again(c: Circumstances, reason: string, retryAfterMs: number | undefined, down: boolean): Decision {
  const { retry } = c.route;
  const policy = { initialMs: retry.initialDelaySeconds * 1000, maxMs: retry.maxDelaySeconds * 1000 };
  const delayMs = Math.max(retryAfterMs ?? 0, backoff(policy, c.attempt, c.random));
  const park = !c.parked && (c.crowded || (!down && c.attempt >= retry.attempts));
  return { action: park ? "park" : "retry", delayMs, reason };
}
