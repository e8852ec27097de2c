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
 * The highest sequence up to which a consumer is done. A consumer with nothing pending is done with the whole stream
 * as it was before: its own ack floor stays at its last match, however long ago. `lastSequence` must therefore have
 * been read before `info`.
 */
export function effectiveFloor(lastSequence: number, info: ConsumerInfo): number {
  const idle = info.num_pending === 0 && info.num_ack_pending === 0;
  return idle ? Math.max(lastSequence, info.ack_floor.stream_seq) : info.ack_floor.stream_seq;
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
    const entry = await this.#kv.get(`floor.${stream}.${consumer}`);
    return entry?.operation === "PUT" ? entry.json<Floor>() : undefined;
  }

  /** Persists the consumer's present floor, if it has moved. */
  async save(hub: Hub, stream: string, info: ConsumerInfo): Promise<number> {
    const state = await hub.jsm.streams.info(stream);
    const fresh = await hub.jsm.consumers.info(stream, info.name);
    const sequence = effectiveFloor(state.state.last_seq, fresh);
    const key = `floor.${stream}.${info.name}`;
    const floor = JSON.stringify({ streamCreated: state.created, sequence } satisfies Floor);
    if (this.#last.get(key) === floor) return sequence;
    await this.#kv.put(key, floor);
    this.#last.set(key, floor);
    return sequence;
  }

  /** Keeps what a fence stands on, for when its message is purged. */
  async saveMark(domain: string, adapter: AdapterName, mark: FenceMark): Promise<void> {
    await saveMark(this.#kv, domain, adapter, mark);
  }
}
