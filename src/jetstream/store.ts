import type { StreamInfo } from "@nats-io/jetstream";
import { FasciaError } from "../base/errors.ts";
import { SMALLEST_STREAM, type StreamPlan } from "../compile/topology.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Marks streams and consumers as ours. */
export const MANAGED = { "fascia.dev/managed-by": "fascia" };

export const isManaged = (config: { metadata?: Record<string, string> }): boolean =>
  config.metadata?.["fascia.dev/managed-by"] === "fascia";

/** Where a stream whose messages are history in time says for how long they are kept, seconds: it may outlive its plan. */
export const RETENTION = "fascia.dev/retention-seconds";

/** Bytes that may be stored: the server's bound where it is known, or the account's; Infinity where neither is. */
export async function storeLimit(hub: Hub, storeBytes: number | undefined): Promise<number> {
  try {
    const { limits } = await hub.jsm.getAccountInfo();
    const account = limits.max_storage > 0 ? limits.max_storage : Number.POSITIVE_INFINITY;
    return Math.min(storeBytes ?? Number.POSITIVE_INFINITY, account);
  } catch (cause) {
    const error = hubError(cause, "JetStream account");
    throw new FasciaError(error.code, `${error.message}; is JetStream enabled on the NATS server?`, { cause });
  }
}

export async function listStreams(hub: Hub): Promise<Map<string, StreamInfo>> {
  try {
    const found = new Map<string, StreamInfo>();
    for await (const info of hub.jsm.streams.list()) found.set(info.config.name, info);
    return found;
  } catch (cause) {
    throw hubError(cause, "streams");
  }
}

/** Bytes that streams outside of the plan reserve, buckets and streams of adapters that are gone among them. */
export function reservedElsewhere(existing: Iterable<StreamInfo>, planned: StreamPlan[]): number {
  const names = new Set(planned.map((s) => s.name));
  let sum = 0;
  for (const info of existing) if (!names.has(info.config.name)) sum += reservation(info);
  return sum;
}

/** An unplanned stream of ours keeps what it holds, and no room to grow. */
const reservation = (info: StreamInfo): number =>
  isManaged(info.config) ? leastBytes(info) : Math.max(info.config.max_bytes, info.state.bytes);

const leastBytes = ({ state }: StreamInfo): number => Math.max(SMALLEST_STREAM, state.bytes);

/**
 * The bound that an existing stream of ours is to be lowered to, if it is to be. Lowering below what is stored would
 * not free anything with `discard: new`, only confuse.
 */
export function loweredBytes(info: StreamInfo, plan: StreamPlan | undefined): number | undefined {
  if (!isManaged(info.config)) return undefined;
  const wanted = Math.max(plan?.maxBytes ?? SMALLEST_STREAM, leastBytes(info));
  return info.config.max_bytes > wanted ? wanted : undefined;
}
