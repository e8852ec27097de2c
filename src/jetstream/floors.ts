import type { ConsumerInfo } from "@nats-io/jetstream";
import type { KV } from "@nats-io/kv";
import { type AdapterName, STATE_BUCKET } from "../compile/names.ts";
import { type BucketSize, makeBucket } from "./bucket.ts";
import { type FenceMark, saveMark } from "./fences.ts";
import type { Hub } from "./hub.ts";

/** How far a consumer has come, kept apart from it: counts only for the stream with this creation time. */
export interface Floor {
  streamCreated: string;
  sequence: number;
}

/**
 * The highest sequence up to which a consumer is done. A consumer that nothing waits for is done with the whole stream
 * as it was before, up to `lastSequence`: its own ack floor stays at its last match, however long ago. That nothing is
 * pending is not enough: the server counts a message a moment after it is stored, or later where the consumer is led by
 * another server than the stream. So the stream itself is asked.
 */
async function effectiveFloor(hub: Hub, stream: string, lastSequence: number, info: ConsumerInfo): Promise<number> {
  const acknowledged = info.ack_floor.stream_seq;
  if (info.num_pending > 0 || info.num_ack_pending > 0 || acknowledged >= lastSequence) return acknowledged;
  return (await isDoneWith(hub, stream, lastSequence, info)) ? lastSequence : acknowledged;
}

/** Whether the stream holds nothing up to `lastSequence` that the consumer has yet to acknowledge. */
export async function isDoneWith(hub: Hub, stream: string, lastSequence: number, info: ConsumerInfo): Promise<boolean> {
  const acknowledged = info.ack_floor.stream_seq;
  if (acknowledged >= lastSequence) return true;
  for (const filter of filtersOf(info.config)) {
    // Not a direct read: any replica may answer that. The client's types do not have the field (nats-server, JSApiMsgGetRequest).
    const request = { seq: acknowledged + 1, next_by_subj: filter };
    const next = await hub.jsm.streams.getMessage(stream, request);
    if (next && next.seq <= lastSequence) return false;
  }
  return true;
}

/** The server tells a single filter in a field of its own, and none where a consumer takes all. */
function filtersOf({ filter_subject: one, filter_subjects: several }: ConsumerInfo["config"]): string[] {
  return several ?? [one ?? ">"];
}

/** Persisted floors, and marks of fences, in the key-value bucket of the installation's state. */
export class FloorStore {
  readonly #kv: KV;
  readonly #last = new Map<string, string>();

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  /** Makes the bucket where it is missing: only the control plane keeps floors. */
  static async open(hub: Hub, size: BucketSize = { maxBytes: 16 * 1024 ** 2, replicas: 1 }): Promise<FloorStore> {
    return new FloorStore(await makeBucket(hub, STATE_BUCKET, size));
  }

  async read(stream: string, consumer: string): Promise<Floor | undefined> {
    const text = await this.#stored(`floor.${stream}.${consumer}`);
    return text === undefined ? undefined : (JSON.parse(text) as Floor);
  }

  async #stored(key: string): Promise<string | undefined> {
    const entry = await this.#kv.get(key);
    return entry?.operation === "PUT" ? entry.string() : undefined;
  }

  /** Persists the consumer's present floor, if it has moved. */
  async save(hub: Hub, stream: string, { name }: Pick<ConsumerInfo, "name">): Promise<number> {
    const { created, state } = await hub.jsm.streams.info(stream);
    const fresh = await hub.jsm.consumers.info(stream, name);
    const sequence = await effectiveFloor(hub, stream, state.last_seq, fresh);
    const key = `floor.${stream}.${name}`;
    const floor = textOf({ streamCreated: created, sequence });
    const before = this.#last.get(key) ?? (await this.#stored(key));
    if (before !== floor) await this.#kv.put(key, floor);
    this.#last.set(key, floor);
    return sequence;
  }

  /** Whether this very floor was persisted by this process, or found so: nothing has to be asked. */
  isAt(stream: string, consumer: string, floor: Floor): boolean {
    return this.#last.get(`floor.${stream}.${consumer}`) === textOf(floor);
  }

  /** Forgets how far a consumer has come: one of its name begins anew. */
  async forget(stream: string, consumer: string): Promise<void> {
    const key = `floor.${stream}.${consumer}`;
    await this.#kv.purge(key);
    this.#last.delete(key);
  }

  /** Keeps what a fence stands on, for when its message is purged. */
  async saveMark(domain: string, adapter: AdapterName, mark: FenceMark): Promise<void> {
    await saveMark(this.#kv, domain, adapter, mark);
  }
}

const textOf = ({ streamCreated, sequence }: Floor): string =>
  JSON.stringify({ streamCreated, sequence } satisfies Floor);
