import type { ConsumerConfig, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import { AckPolicy, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType } from "@nats-io/jetstream";
import { FasciaError, errorCode } from "../base/errors.ts";
import { consumerRef } from "../compile/names.ts";
import { type ConsumerPlan, SMALLEST_STREAM, type StreamPlan, type Topology, allocate } from "../compile/topology.ts";
import { Consumers } from "./consumers.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import { PRIORITY_GROUP, PRIORITY_TIMEOUT_MS } from "./pinned.ts";
import type { FloorStore } from "./floors.ts";
import { MANAGED, RETENTION, isManaged, listStreams, loweredBytes, reservedElsewhere, storeLimit } from "./store.ts";
import { STREAM_CREATED, toldUnder } from "./streams.ts";

/** What `ensureTopology` did, for logs and tests: names only. Nothing written means that everything was as planned. */
export interface Changes {
  created: string[];
  updated: string[];
  deleted: string[];
  /** Differences that JetStream does not let us change: left as they are, for a person to decide. */
  conflicts: { name: string; reason: string }[];
}

export interface TopologyOptions {
  /** Size of the server's file store where it is known; an account's own limit counts as well. */
  storeBytes?: number;
  replicas: number;
  floors: FloorStore;
  /** Only make what is missing. What exists is changed after those who depend on it know the new configuration. */
  onlyMissing?: boolean;
}

const NANOS = 1_000_000_000;

/** Makes streams and consumers as planned. Reads first and writes only differences; never deletes a stream. */
export async function ensureTopology(hub: Hub, plan: Topology, options: TopologyOptions): Promise<Changes> {
  const changes: Changes = { created: [], updated: [], deleted: [], conflicts: [] };
  const store = await storeLimit(hub, options.storeBytes);
  const existing = await listStreams(hub);
  const streams = allocate(plan.streams, store, reservedElsewhere(existing.values(), plan.streams));
  await makeRoom(hub, existing, streams, changes);
  for (const stream of streams) await ensureStream(hub, stream, existing, options, changes);
  const consumers = new Consumers(hub, existing);
  for (const consumer of plan.consumers) await ensureConsumer(hub, consumer, { existing, consumers }, options, changes);
  if (options.onlyMissing === true) return changes;
  for (const stream of streams)
    await removeStrayConsumers(hub, stream, plan.consumers, { consumers, floors: options.floors }, changes);
  return changes;
}

/** The server reserves each stream's bound: those that get less now, or are planned no more, make room for the others. */
async function makeRoom(
  hub: Hub,
  existing: Map<string, StreamInfo>,
  streams: StreamPlan[],
  changes: Changes,
): Promise<void> {
  const plans = new Map(streams.map((s) => [s.name, s]));
  for (const [name, info] of existing) {
    const lowered = loweredBytes(info, plans.get(name));
    if (lowered === undefined) continue;
    const config = { ...info.config, max_bytes: lowered };
    existing.set(name, await naming(name, () => hub.jsm.streams.update(name, config)));
    changes.updated.push(name);
  }
}

async function ensureStream(
  hub: Hub,
  plan: StreamPlan,
  streams: Map<string, StreamInfo>,
  options: TopologyOptions,
  changes: Changes,
): Promise<void> {
  const wanted = streamConfig(plan, options.replicas);
  const existing = streams.get(plan.name);
  if (!existing) {
    const made = await naming(plan.name, () => hub.jsm.streams.add(wanted)).catch((error: unknown) => {
      throw errorCode(error) === "StreamFull" ? noRoom(plan, error) : error;
    });
    streams.set(plan.name, made);
    changes.created.push(plan.name);
    return;
  }
  if (options.onlyMissing === true) return;
  const conflict = immutableConflict(existing, wanted);
  if (conflict) {
    changes.conflicts.push({ name: plan.name, reason: conflict });
    return;
  }
  wanted.max_bytes = Math.max(wanted.max_bytes ?? 0, existing.state.bytes);
  if (!differs(existing.config, wanted)) return;
  await naming(plan.name, () => hub.jsm.streams.update(plan.name, { ...existing.config, ...wanted }));
  if (!changes.updated.includes(plan.name)) changes.updated.push(plan.name);
}

/** Makes one stream where it is missing, as small as one can be: whoever writes the whole program gives it its size. */
export async function ensureSmall(hub: Hub, plan: StreamPlan, replicas: number): Promise<void> {
  const wanted = streamConfig({ ...plan, maxBytes: SMALLEST_STREAM }, replicas);
  await naming(plan.name, () => hub.jsm.streams.add(wanted));
}

const noRoom = (plan: StreamPlan, cause: unknown): FasciaError =>
  new FasciaError(
    "StoreTooSmall",
    `${plan.name}: the NATS server has no room to reserve ${plan.maxBytes} bytes; say how large its store is (--store-bytes, or --nats-monitoring) and all streams are fitted into it`,
    { cause },
  );

const streamConfig = (plan: StreamPlan, replicas: number): Partial<StreamConfig> & { name: string } => ({
  name: plan.name,
  subjects: plan.subjects,
  retention: RetentionPolicy.Limits,
  storage: StorageType.File,
  discard: DiscardPolicy.New,
  max_bytes: plan.maxBytes,
  max_age: 0,
  duplicate_window: plan.duplicateWindowSeconds * NANOS,
  num_replicas: replicas,
  allow_direct: true,
  ...(plan.toldOn !== undefined && { republish: toldUnder(plan.toldOn) }),
  metadata: { ...MANAGED, ...(AGING.has(plan.role) && { [RETENTION]: String(plan.retentionSeconds) }) },
});

/** Roles of streams that may be left to age when nobody plans them any more. */
const AGING = new Set<StreamPlan["role"]>(["raw", "lineage", "audit"]);

function immutableConflict(existing: StreamInfo, wanted: Partial<StreamConfig>): string | undefined {
  if (existing.config.retention !== wanted.retention)
    return `retention is ${existing.config.retention}, needed is limits`;
  if (existing.config.storage !== wanted.storage) return `storage is ${existing.config.storage}, needed is file`;
  // Acknowledged before it is on disk: the server does not let go of that mode either.
  const { persist_mode: mode } = existing.config as { persist_mode?: string };
  if (mode === "async") return "persist_mode is async, needed is default";
  return undefined;
}

async function ensureConsumer(
  hub: Hub,
  plan: ConsumerPlan,
  found: { existing: Map<string, StreamInfo>; consumers: Consumers },
  options: TopologyOptions,
  changes: Changes,
): Promise<void> {
  const name = consumerRef(plan.stream, plan.name);
  const wanted = consumerConfig(plan, found.existing.get(plan.stream)?.created ?? "");
  const existing = await found.consumers.get(plan.stream, plan.name);
  if (!existing) {
    const start = await startOf(hub, plan, options.floors);
    await naming(name, () => hub.jsm.consumers.add(plan.stream, { ...wanted, ...start } as ConsumerConfig));
    changes.created.push(name);
    return;
  }
  if (options.onlyMissing === true || !differs(existing.config, wanted)) return;
  const conflict = existing.config.ack_policy !== wanted.ack_policy;
  if (conflict) {
    changes.conflicts.push({ name, reason: `ack policy is ${existing.config.ack_policy}, needed is explicit` });
    return;
  }
  await naming(name, () => hub.jsm.consumers.update(plan.stream, plan.name, { ...existing.config, ...wanted }));
  changes.updated.push(name);
}

const consumerConfig = (plan: ConsumerPlan, streamCreated: string): Partial<ConsumerConfig> => ({
  durable_name: plan.name,
  ack_policy: AckPolicy.Explicit,
  ack_wait: plan.ackWaitSeconds * NANOS,
  max_deliver: -1,
  max_ack_pending: plan.maxAckPending,
  filter_subjects: plan.filterSubjects,
  priority_policy: "pinned_client",
  priority_groups: [PRIORITY_GROUP],
  priority_timeout: PRIORITY_TIMEOUT_MS * 1_000_000,
  metadata: { ...MANAGED, [STREAM_CREATED]: streamCreated },
});

/**
 * Where a consumer that does not exist yet begins. After its persisted floor, if that speaks of this very stream; a
 * new normaliser at the beginning; a new target with what comes from now on.
 */
async function startOf(hub: Hub, plan: ConsumerPlan, floors: FloorStore): Promise<Partial<ConsumerConfig>> {
  const floor = await floors.read(plan.stream, plan.name);
  if (floor) {
    const info = await naming(plan.stream, () => hub.jsm.streams.info(plan.stream));
    if (info.created === floor.streamCreated && floor.sequence <= info.state.last_seq) {
      return { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: floor.sequence + 1 };
    }
    if (info.created !== floor.streamCreated) return { deliver_policy: DeliverPolicy.All };
  }
  return { deliver_policy: plan.stream.startsWith("RAW_") ? DeliverPolicy.All : DeliverPolicy.New };
}

/** A consumer nobody reads would hold the stream's floor for ever. Its own floor is kept in case it comes back. */
async function removeStrayConsumers(
  hub: Hub,
  plan: StreamPlan,
  planned: ConsumerPlan[],
  { consumers, floors }: { consumers: Consumers; floors: FloorStore },
  changes: Changes,
): Promise<void> {
  const wanted = new Set(planned.filter((c) => c.stream === plan.name).map((c) => c.name));
  for (const info of await consumers.of(plan.name)) {
    if (!isManaged(info.config) || wanted.has(info.name)) continue;
    await floors.save(hub, plan.name, info);
    await naming(info.name, () => hub.jsm.consumers.delete(plan.name, info.name));
    changes.deleted.push(consumerRef(plan.name, info.name));
  }
}

/** Whether any field of `wanted` is different; fields that the server adds do not count. */
function differs(existing: object, wanted: object): boolean {
  const have = existing as Record<string, unknown>;
  return Object.entries(wanted).some(([field, value]) => {
    if (field === "metadata") return differs((have[field] ?? {}) as object, value as object);
    if (field === "filter_subjects") return !same(filtersOf(have), value);
    return !same(have[field] ?? defaultOf(value), value);
  });
}

/** The server reports a single filter in a field of its own. */
const filtersOf = (config: Record<string, unknown>): unknown =>
  config.filter_subjects ?? (config.filter_subject === undefined ? [] : [config.filter_subject]);

const defaultOf = (value: unknown): unknown => (typeof value === "number" ? 0 : undefined);
const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

async function naming<T>(about: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw hubError(cause, about);
  }
}
