import type { StreamInfo } from "@nats-io/jetstream";
import type { Clock } from "../base/clock.ts";
import * as names from "../compile/names.ts";
import { parseRawSeq } from "../compile/rawseq.ts";
import { purgeBelow, underPressure } from "../compile/retention.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "../compile/topology.ts";
import { hubError } from "./errors.ts";
import type { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { lastMessages } from "./read.ts";

/** What one run freed of one stream. */
export interface Purged {
  stream: string;
  messages: number;
}

/** An attempt ends within its time-out (at most 300 s): its intent stays at least that long. */
const OPEN_INTENT_MS = 600_000;

/**
 * One round of housekeeping: persists every consumer's floor, then purges what nobody needs and what is past its
 * retention. PARKED and QUARANTINE give space back message by message, as each is done with.
 */
export async function enforceRetention(hub: Hub, plan: Topology, floors: FloorStore, clock: Clock): Promise<Purged[]> {
  const round = new Round(hub, plan, floors, clock);
  const result: Purged[] = [];
  for (const stream of plan.streams.filter((s) => s.role === "raw" || s.role === "hub" || s.role === "lineage")) {
    try {
      const messages = await round.purge(stream);
      if (messages > 0) result.push({ stream: stream.name, messages });
    } catch (cause) {
      const error = hubError(cause, stream.name);
      // Deleted since it was planned: the next reconciliation makes it again.
      if (error.code !== "StreamMissing" && error.code !== "ConsumerMissing") throw error;
    }
  }
  return result;
}

class Round {
  readonly #hub: Hub;
  readonly #plan: Topology;
  readonly #floors: FloorStore;
  readonly #clock: Clock;
  readonly #rawFloors = new Map<string, { created: number; floor: number }>();

  constructor(hub: Hub, plan: Topology, floors: FloorStore, clock: Clock) {
    this.#hub = hub;
    this.#plan = plan;
    this.#floors = floors;
    this.#clock = clock;
  }

  async purge(stream: StreamPlan): Promise<number> {
    const info = await this.#hub.jsm.streams.info(stream.name);
    if (info.state.messages === 0) return 0;
    if (stream.role === "lineage") return this.#purgeLineage(stream, info);
    const floor = await this.#lowestFloor(stream.name, info.state.last_seq);
    const needed =
      stream.role === "raw" ? await this.#rawNeeded(stream, info, floor) : await this.#hubNeeded(stream, floor);
    return this.#purgeBelow(stream, info, needed);
  }

  async #purgeBelow(stream: StreamPlan, info: StreamInfo, needed: number, subject?: string): Promise<number> {
    const upTo = purgeBelow({
      firstSequence: info.state.first_seq,
      lastSequence: info.state.last_seq,
      pressed: underPressure(info.state.bytes, info.config.max_bytes),
      needed,
      retained: await this.#sequenceAt(info, this.#clock.now() - stream.retentionSeconds * 1000),
    });
    if (upTo === undefined) return 0;
    const options = subject === undefined ? { seq: upTo } : { seq: upTo, filter: subject };
    return (await this.#hub.jsm.streams.purge(stream.name, options)).purged;
  }

  async #lowestFloor(stream: string, lastSequence: number): Promise<number> {
    let floor = lastSequence;
    for (const consumer of this.#plan.consumers.filter((c) => c.stream === stream)) {
      const info = await this.#hub.jsm.consumers.info(stream, consumer.name);
      floor = Math.min(floor, await this.#floors.save(this.#hub, stream, info));
    }
    return floor;
  }

  /** RAW within the dedupe window stays even under pressure: a restarted server learns the ids from it. */
  async #rawNeeded(stream: StreamPlan, info: StreamInfo, floor: number): Promise<number> {
    const window = await this.#sequenceAt(info, this.#clock.now() - stream.duplicateWindowSeconds * 1000);
    return Math.min(floor + 1, window);
  }

  /**
   * HUB keeps, for every bucket, the last message whose original is not acknowledged in RAW yet: a normaliser that
   * takes over learns from it what was published already.
   */
  async #hubNeeded(stream: StreamPlan, floor: number): Promise<number> {
    let needed = floor + 1;
    const domain = stream.name.slice(names.hubStream("").length);
    for (const { namespace, name, stream: raw } of this.#sources()) {
      const { created, floor: rawFloor } = await this.#rawFloor(raw);
      for (const last of await lastMessages(this.#hub, stream.name, `hub.${domain}.*.*.${namespace}.${name}.*.*`)) {
        const rawSeq = parseRawSeq(last.header("Fascia-Raw-Seq"));
        if (rawSeq?.created === created && rawSeq.sequence > rawFloor) needed = Math.min(needed, last.sequence);
      }
    }
    return needed;
  }

  #sources(): { namespace: string; name: string; stream: string }[] {
    return this.#plan.streams.flatMap((s) => {
      const [, namespace, name] = s.name.split("_");
      return s.role === "raw" && namespace !== undefined && name !== undefined
        ? [{ namespace, name, stream: s.name }]
        : [];
    });
  }

  async #rawFloor(stream: string): Promise<{ created: number; floor: number }> {
    const known = this.#rawFloors.get(stream);
    if (known) return known;
    const info = await this.#hub.jsm.streams.info(stream);
    const floor = await this.#lowestFloor(stream, info.state.last_seq);
    const result = { created: Date.parse(info.created), floor };
    this.#rawFloors.set(stream, result);
    return result;
  }

  /**
   * A worker that takes over reads its own records back to its oldest unsettled message. Each writer is purged by
   * itself, so that one target that is down does not keep the records of all others.
   */
  async #purgeLineage(stream: StreamPlan, info: StreamInfo): Promise<number> {
    let purged = 0;
    const subjects = await this.#hub.jsm.streams.info(stream.name, { subjects_filter: stream.subjects[0] as string });
    const workers = new Map(this.#workersOf(stream).map((w) => [w.subject, w.consumer]));
    for (const subject of Object.keys(subjects.state.subjects ?? {})) {
      const consumer = workers.get(subject);
      const oldest = consumer ? await this.#oldestUnsettled(consumer) : Number.POSITIVE_INFINITY;
      const needed = await this.#sequenceAt(info, Math.min(oldest, this.#clock.now()) - OPEN_INTENT_MS);
      purged += await this.#purgeBelow(stream, info, needed, subject);
    }
    return purged;
  }

  #workersOf(stream: StreamPlan): { subject: string; consumer: ConsumerPlan }[] {
    return this.#plan.consumers.flatMap((consumer) => {
      const [namespace, name, worker] = consumer.name.split("_");
      if (namespace === undefined || name === undefined || worker === undefined) return [];
      if (names.lineageStream(namespace) !== stream.name) return [];
      const domain = consumer.stream.slice(names.hubStream("").length);
      const writer = names.deliveryWriter(domain, Number(worker.slice(1)));
      return [{ subject: names.lineageSubject({ namespace, name }, writer), consumer }];
    });
  }

  /** Time of the first message that the consumer is not done with; Infinity when it is done with all. */
  async #oldestUnsettled({ stream, name }: ConsumerPlan): Promise<number> {
    const info = await this.#hub.jsm.consumers.info(stream, name);
    if (info.num_pending === 0 && info.num_ack_pending === 0) return Number.POSITIVE_INFINITY;
    const query = { seq: info.ack_floor.stream_seq + 1, next_by_subj: ">" };
    const message = await this.#hub.jsm.direct.getMessage(stream, query);
    return message ? message.time.getTime() : Number.POSITIVE_INFINITY;
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
