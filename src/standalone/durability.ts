import { z } from "zod";
import { safeReason } from "../base/errors.ts";

/** Whether what a NATS server acknowledges is on its disk. `unknown`: nobody could tell. */
export type Durability = { durable: true } | { durable: false | "unknown"; reason: string };

/** What a server's monitoring tells of its store. */
export interface StoreReport {
  durability: Durability;
  /** Bound of the JetStream store, bytes; undefined where nobody could tell. */
  storeBytes?: number;
}

const varz = z.object({
  jetstream: z
    .object({
      config: z
        .object({
          sync_always: z.boolean().optional(),
          sync_interval: z.number().optional(),
          max_storage: z.number().optional(),
        })
        .optional(),
    })
    .optional(),
});

const TIMEOUT_MS = 3000;

/**
 * Asks a NATS server through its monitoring address (`/varz`) whether it syncs before it acknowledges. By default it
 * does so only every two minutes: what it acknowledged in between is gone after a power failure.
 */
export async function checkStore(monitoringUrl: string | undefined): Promise<StoreReport> {
  if (monitoringUrl === undefined) {
    return unknown("cannot tell whether NATS syncs before it acknowledges; give --nats-monitoring URL");
  }
  try {
    const response = await fetch(new URL("/varz", monitoringUrl), { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const config = varz.parse(await response.json()).jetstream?.config;
    const storeBytes = config?.max_storage;
    return { durability: judge(config), ...(storeBytes !== undefined && { storeBytes }) };
  } catch (error) {
    return unknown(`the monitoring address does not answer as NATS does (${safeReason(error)})`);
  }
}

const unknown = (reason: string): StoreReport => ({ durability: { durable: "unknown", reason } });

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
