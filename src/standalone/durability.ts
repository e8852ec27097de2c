import { z } from "zod";
import { safeReason } from "../base/errors.ts";

/** Whether what a NATS server acknowledges is on its disk. `unknown`: nobody could tell. */
export type Durability =
  | { durable: true }
  | { durable: false; reason: string }
  | { durable: "unknown"; reason: string };

const varz = z.object({
  jetstream: z
    .object({
      config: z.object({ sync_always: z.boolean().optional(), sync_interval: z.number().optional() }).optional(),
    })
    .optional(),
});

const TIMEOUT_MS = 3000;

/**
 * Asks a NATS server through its monitoring address (`/varz`) whether it syncs before it acknowledges. By default it
 * does so only every two minutes: what it acknowledged in between is gone after a power failure.
 */
export async function checkDurability(monitoringUrl: string | undefined): Promise<Durability> {
  if (monitoringUrl === undefined) {
    return {
      durable: "unknown",
      reason: "cannot tell whether NATS syncs before it acknowledges; give --nats-monitoring URL",
    };
  }
  try {
    const response = await fetch(new URL("/varz", monitoringUrl), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return judge(varz.parse(await response.json()).jetstream?.config);
  } catch (error) {
    return { durable: "unknown", reason: `the monitoring address does not answer as NATS does (${safeReason(error)})` };
  }
}

function judge(
  config: { sync_always?: boolean | undefined; sync_interval?: number | undefined } | undefined,
): Durability {
  if (!config) return { durable: false, reason: "JetStream is not enabled on the NATS server" };
  if (config.sync_always === true) return { durable: true };
  const seconds = Math.round((config.sync_interval ?? 0) / 1e9);
  return {
    durable: false,
    reason: `NATS syncs only every ${seconds} s; set jetstream { sync_interval: always } in its configuration`,
  };
}
