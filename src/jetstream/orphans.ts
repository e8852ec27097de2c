import type { ConsumerInfo, StreamConfig, StreamInfo } from "@nats-io/jetstream";
import type { Clock } from "../base/clock.ts";
import { NORMALISER } from "../compile/names.ts";
import type { Topology } from "../compile/topology.ts";
import { hubError } from "./errors.ts";
import type { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { RETENTION, isManaged, listStreams } from "./store.ts";

export interface OrphanDeps {
  hub: Hub;
  floors: FloorStore;
  clock: Pick<Clock, "sleep">;
}

/** What was sent before a stream was closed has been stored, or refused, after this. */
const CLOSES_WITHIN_MS = 500;

/**
 * Takes away streams of ours that nobody plans any more, once they are empty; their consumers at once, each with its floor
 * kept for a successor. Nothing that was acknowledged is lost by it: a stream is closed before it is looked at for the
 * last time. Originals that are all normalised, and lineage, go with time. Resolves to the streams that went.
 */
export async function removeOrphans({ hub, floors, clock }: OrphanDeps, plan: Topology): Promise<string[]> {
  const planned = new Set(plan.streams.map(({ name }) => name));
  const orphans = [...(await listStreams(hub)).values()].filter(
    ({ config }) => isManaged(config) && !planned.has(config.name),
  );
  const closed: string[] = [];
  for (const orphan of orphans) if (await leave(hub, orphan, floors)) closed.push(orphan.config.name);
  if (closed.length === 0) return [];
  await clock.sleep(CLOSES_WITHIN_MS);
  const gone: string[] = [];
  for (const name of closed) if (await removeEmpty(hub, name)) gone.push(name);
  return gone;
}

/** Resolves to whether it is closed and was empty. */
async function leave(hub: Hub, { config, state }: StreamInfo, floors: FloorStore): Promise<boolean> {
  const { name } = config;
  try {
    if (state.consumer_count > 0) await removeConsumers(hub, name, floors);
    if (state.messages > 0) {
      await letAge(hub, name, floors);
      return false;
    }
    const closed = closedSubject(name);
    if (config.subjects[0] !== closed) await hub.jsm.streams.update(name, { ...config, subjects: [closed] });
    return true;
  } catch (cause) {
    throw hubError(cause, name);
  }
}

/** Nobody publishes here: who tries to publish to the stream is told that it is not there. */
const closedSubject = (stream: string): string => `closed.${stream}`;

async function removeEmpty(hub: Hub, name: string): Promise<boolean> {
  try {
    if ((await hub.jsm.streams.info(name)).state.messages > 0) return false;
    return await hub.jsm.streams.delete(name);
  } catch (cause) {
    throw hubError(cause, name);
  }
}

async function removeConsumers(hub: Hub, stream: string, floors: FloorStore): Promise<void> {
  const consumers: ConsumerInfo[] = [];
  for await (const info of hub.jsm.consumers.list(stream)) consumers.push(info);
  for (const info of consumers.filter(({ config }) => isManaged(config))) {
    await floors.save(hub, stream, info);
    await hub.jsm.consumers.delete(stream, info.name);
  }
}

/** History is kept as long as it would have been. What waits for somebody stays, for however long. */
async function letAge(hub: Hub, name: string, floors: FloorStore): Promise<void> {
  const { config, state, created } = await hub.jsm.streams.info(name);
  const seconds = Number(config.metadata?.[RETENTION]);
  if (!(seconds > 0) || config.max_age > 0) return;
  if (name.startsWith("RAW_")) {
    const floor = await floors.read(name, NORMALISER);
    if (floor?.streamCreated !== created || floor.sequence < state.last_seq) return;
  }
  const aging: Partial<StreamConfig> = { ...config, max_age: seconds * 1_000_000_000 };
  await hub.jsm.streams.update(name, aging);
}
