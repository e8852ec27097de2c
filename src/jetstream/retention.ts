import type { StreamInfo } from "@nats-io/jetstream";
import type { Clock } from "../base/clock.ts";
import * as names from "../compile/names.ts";
import { parseRawSeq } from "../compile/rawseq.ts";
import { purgeBelow, underPressure } from "../compile/retention.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "../compile/topology.ts";
import type { LineageRecord } from "../api/lineage.ts";
import type { FasciaError } from "../base/errors.ts";
import { hubError } from "./errors.ts";
import type { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { HEADER } from "./headers.ts";
import { lastMessages, readMessages } from "./read.ts";
import { listStreams } from "./store.ts";

/** What one round did. */
export interface Retention {
  /** What was freed, by stream. */
  purged: { stream: string; messages: number }[];
  /** Planned streams that are not there, or whose consumers are not all there. */
  missing: string[];
  /** Streams that could not be looked after, with why. */
  failed: { stream: string; error: FasciaError }[];
}

const PURGED = new Set<StreamPlan["role"]>(["hub", "raw", "lineage", "audit"]);
/** Without pressure a purge waits until it frees this part of the stream. */
const WORTH_IT = 0.01;
/** Of one writer's records at most so much is looked through in a round. */
const LOOKED_THROUGH_BYTES = 32 * 1024 ** 2;

/**
 * One round of housekeeping: persists every consumer's floor, then purges what nobody needs and what is past its
 * retention. PARKED and QUARANTINE give space back message by message, as each is done with. Trouble with one stream
 * does not keep the others full.
 */
export async function enforceRetention(hub: Hub, plan: Topology, floors: FloorStore, clock: Clock): Promise<Retention> {
  const result: Retention = { purged: [], missing: [], failed: [] };
  const streams = await listStreams(hub);
  const round = new Round(hub, { plan, streams }, floors, clock);
  for (const stream of plan.streams) {
    try {
      const messages = await round.purge(stream);
      if (messages > 0) result.purged.push({ stream: stream.name, messages });
    } catch (cause) {
      const error = hubError(cause, stream.name);
      if (error.code === "StreamMissing" || error.code === "ConsumerMissing") result.missing.push(stream.name);
      else result.failed.push({ stream: stream.name, error });
      // Whoever waits for its turn would wait for each stream's time-out.
      if (error.code === "HubUnavailable") break;
    }
  }
  return result;
}

class Round {
  readonly #hub: Hub;
  readonly #plan: Topology;
  /** As they were when the round began: one request for all of them. */
  readonly #streams: ReadonlyMap<string, StreamInfo>;
  readonly #floors: FloorStore;
  readonly #clock: Clock;

  constructor(
    hub: Hub,
    { plan, streams }: { plan: Topology; streams: ReadonlyMap<string, StreamInfo> },
    floors: FloorStore,
    clock: Clock,
  ) {
    this.#hub = hub;
    this.#plan = plan;
    this.#streams = streams;
    this.#floors = floors;
    this.#clock = clock;
  }

  async purge(stream: StreamPlan): Promise<number> {
    // Also of a stream that nothing is purged from: whether it is there.
    const info = this.#streams.get(stream.name) ?? (await this.#hub.jsm.streams.info(stream.name));
    if (!PURGED.has(stream.role)) return 0;
    if (stream.role === "lineage") return info.state.messages === 0 ? 0 : this.#purgeLineage(stream, info);
    // Nobody goes on behind a record of the audit.
    if (stream.role === "audit")
      return info.state.messages === 0 ? 0 : this.#purgeBelow(stream, info, info.state.last_seq + 1);
    const floor = await this.#lowestFloor(info);
    if (info.state.messages === 0) return 0;
    const needed = stream.role === "raw" ? await this.#rawNeeded(stream, info, floor) : floor + 1;
    return this.#purgeBelow(stream, info, needed);
  }

  async #purgeBelow(
    stream: StreamPlan,
    info: StreamInfo,
    needed: number,
    only: { subject?: string; limit?: (upTo: number) => Promise<number> } = {},
  ): Promise<number> {
    const { first_seq: firstSequence, last_seq: lastSequence, bytes } = info.state;
    const retained = await this.#sequenceAt(info, this.#clock.now() - stream.retentionSeconds * 1000);
    const pressed = underPressure(bytes, info.config.max_bytes);
    let upTo = purgeBelow({ firstSequence, lastSequence, pressed, needed, retained });
    if (upTo === undefined || (!pressed && upTo - firstSequence < (lastSequence - firstSequence) * WORTH_IT)) return 0;
    if (only.limit) upTo = await only.limit(upTo);
    if (stream.role === "hub") await this.#keepMarks(stream, upTo);
    const options = only.subject === undefined ? { seq: upTo } : { seq: upTo, filter: only.subject };
    return (await this.#hub.jsm.streams.purge(stream.name, options)).purged;
  }

  /** Where all are done with all that there is, and all are there, nothing is asked: none goes back. */
  async #lowestFloor({ config: { name: stream }, created, state }: StreamInfo): Promise<number> {
    const sequence = state.last_seq;
    const consumers = this.#plan.consumers.filter((c) => c.stream === stream);
    const isDone = ({ name }: ConsumerPlan) => this.#floors.isAt(stream, name, { streamCreated: created, sequence });
    if (state.consumer_count === consumers.length && consumers.every(isDone)) return sequence;
    let floor = sequence;
    for (const consumer of consumers) floor = Math.min(floor, await this.#floors.save(this.#hub, stream, consumer));
    return floor;
  }

  /** RAW within the dedupe window stays even under pressure: a restarted server learns the ids from it. */
  async #rawNeeded(stream: StreamPlan, info: StreamInfo, floor: number): Promise<number> {
    const window = await this.#sequenceAt(info, this.#clock.now() - stream.duplicateWindowSeconds * 1000);
    return Math.min(floor + 1, window);
  }

  /**
   * The last message of each bucket tells how far its normaliser came. Where that one is to go the mark is kept: the
   * message can't be, for its original may wait for the very room that is made here.
   */
  async #keepMarks(stream: StreamPlan, upTo: number): Promise<void> {
    for (const last of await lastMessages(this.#hub, stream.name, stream.subjects[0] as string)) {
      const subject = names.parseHubSubject(last.subject);
      const raw = parseRawSeq(last.header(HEADER.rawSeq));
      if (!subject || !raw || last.sequence >= upTo) continue;
      const { domain, namespace, adapter: name, bucket } = subject;
      await this.#floors.saveMark(domain, { namespace, name }, { bucket, raw });
    }
  }

  /**
   * Whoever takes over a writer goes on behind its last commit, and reads back from where that one says. Each writer is
   * purged by itself, so that one target that is down does not keep the records of all others.
   */
  async #purgeLineage(stream: StreamPlan, info: StreamInfo): Promise<number> {
    let purged = 0;
    const consumers = new Map(this.#plan.consumers.map((consumer) => [consumer.recordSubject, consumer]));
    for (const last of await lastMessages(this.#hub, stream.name, stream.subjects[0] as string)) {
      const needed = Math.min(Number(last.header(HEADER.neededFrom)) || last.sequence, last.sequence);
      const consumer = consumers.get(last.subject);
      const limit = consumer && ((upTo: number) => this.#firstAbout(stream, last.subject, upTo, consumer));
      purged += await this.#purgeBelow(stream, info, needed, { subject: last.subject, ...(limit && { limit }) });
    }
    return purged;
  }

  /** Tells of which messages the hub may deliver again to a worker: those behind its floor, acknowledged or not. */
  async #mayComeAgain({ stream, name }: ConsumerPlan): Promise<(ref: string) => boolean> {
    const { created } = await this.#hub.jsm.streams.info(stream);
    const floor = await this.#floors.read(stream, name);
    const from = `${Date.parse(created)}.`;
    const sequence = floor?.streamCreated === created ? floor.sequence : 0;
    return (ref) => ref.startsWith(from) && Number(ref.slice(from.length).split(".", 1)[0]) > sequence;
  }

  /** The first commit before `upTo` that says anything of a message that is needed; `upTo` where none does. */
  async #firstAbout(stream: StreamPlan, subject: string, upTo: number, consumer: ConsumerPlan): Promise<number> {
    const isNeeded = await this.#mayComeAgain(consumer);
    let bytes = 0;
    for await (const commit of readMessages(this.#hub, stream.name, subject, { sequence: 1 })) {
      bytes += commit.data.length;
      if (commit.sequence >= upTo) return upTo;
      // The rest has its turn in the next round.
      if (bytes > LOOKED_THROUGH_BYTES) return commit.sequence;
      const records = JSON.parse(Buffer.from(commit.data).toString("utf8")) as LineageRecord[];
      if (records.some(({ ref }) => ref !== undefined && isNeeded(ref))) return commit.sequence;
    }
    return upTo;
  }

  /** First sequence stored at or after `time`; one past the last where there is none. */
  async #sequenceAt(info: StreamInfo, time: number): Promise<number> {
    if (time < Date.parse(info.state.first_ts)) return info.state.first_seq;
    if (time > Date.parse(info.state.last_ts)) return info.state.last_seq + 1;
    const query = { start_time: new Date(time), next_by_subj: ">" };
    const message = await this.#hub.jsm.direct.getMessage(info.config.name, query);
    return message ? message.seq : info.state.last_seq + 1;
  }
}
