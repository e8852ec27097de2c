import type { Clock } from "../../base/clock.ts";
import { FasciaError, errorCode } from "../../base/errors.ts";
import { ALL_BUCKETS } from "../../compile/bucket.ts";
import { type AdapterName, fenceSubject, hubStream, hubSubject } from "../../compile/names.ts";
import { type RawSeq, isAfter, parseRawSeq } from "../../compile/rawseq.ts";
import { readMarks } from "../../jetstream/fences.ts";
import type { Hub } from "../../jetstream/hub.ts";
import { publish } from "../../jetstream/publish.ts";
import { lastMessage } from "../../jetstream/read.ts";
import { HEADER } from "../../jetstream/headers.ts";
import { Room } from "./room.ts";

/** What a bucket of the hub held when it was last looked at. */
interface Bucket {
  /** Last sequence of all that matches the fence. */
  last: number;
  /** Original that the last message of the normaliser came from. */
  raw: RawSeq | undefined;
}

export interface HubMessage {
  domain: string;
  contract: string;
  major: number;
  event: string;
  bucket: string;
  raw: RawSeq;
  headers: Record<string, string>;
  data: Uint8Array;
}

const PATIENCE_MS = 10_000;
/** What a message takes beside its payload, about. */
const HEADER_BYTES = 1000;

/**
 * Publishes to the hub as the only normaliser of one adapter. Each publish expects the bucket's last sequence, so that
 * a predecessor that is still running is refused; what a bucket has already (`Fascia-Raw-Seq`) is not published again,
 * however long ago that was. One publish at a time per bucket.
 */
export class Fence {
  readonly #hub: Hub;
  readonly #adapter: AdapterName;
  readonly #signal: AbortSignal;
  readonly #clock: Clock;
  readonly #buckets = new Map<string, Bucket>();
  readonly #rooms = new Map<string, Room>();
  readonly #loaded = new Set<string>();

  constructor(hub: Hub, adapter: AdapterName, clock: Clock, signal: AbortSignal) {
    this.#hub = hub;
    this.#clock = clock;
    this.#adapter = adapter;
    this.#signal = signal;
  }

  /** Reads how far this adapter's normalisers came in `domain`. */
  async load(domain: string): Promise<void> {
    await Promise.all(ALL_BUCKETS.map((bucket) => this.#look(domain, bucket)));
    for (const { bucket, raw } of await readMarks(this.#hub, domain, this.#adapter)) this.#came(domain, bucket, raw);
    this.#loaded.add(domain);
  }

  /**
   * Resolves to whether it was published now; false where it was there already. Rejects with `Fenced` when taken over,
   * with `StreamFull` when there is no room but for replies.
   */
  async publish(message: HubMessage): Promise<boolean> {
    const { namespace, name: adapter } = this.#adapter;
    const subject = hubSubject({ ...message, namespace, adapter });
    const filter = fenceSubject(message.domain, this.#adapter, message.bucket);
    if (!this.#loaded.has(message.domain)) await this.load(message.domain);
    for (;;) {
      const bucket = this.#bucket(message.domain, message.bucket);
      if (bucket.raw && !isAfter(message.raw, bucket.raw) && bucket.raw.created === message.raw.created) return false;
      await this.#room(message.domain).take(message.data.length + HEADER_BYTES);
      try {
        const ack = await publish(this.#hub, subject, message.data, {
          headers: message.headers,
          expectLast: { subject: filter, sequence: bucket.last },
          patienceMs: PATIENCE_MS,
          signal: this.#signal,
        });
        bucket.last = ack.sequence;
        bucket.raw = message.raw;
        return true;
      } catch (error) {
        if (errorCode(error) !== "Fenced") throw error;
        await this.#lookAgain(message, bucket);
      }
    }
  }

  /** The fence refused: a purge moved it, our own publish landed unheard, or somebody else is at work. */
  async #lookAgain(message: HubMessage, bucket: Bucket): Promise<void> {
    const before = bucket.raw;
    bucket.last = 0;
    bucket.raw = undefined;
    await this.#look(message.domain, message.bucket);
    bucket.raw ??= before;
    const now = bucket.raw;
    const foreign = now !== undefined && now !== before && isAfter(now, message.raw);
    if (!foreign) return;
    const filter = fenceSubject(message.domain, this.#adapter, message.bucket);
    throw new FasciaError("Fenced", `${filter}: another process normalises this adapter`);
  }

  /** Reads how far a bucket came. Its last message tells: one process at a time publishes to it, in order. */
  async #look(domain: string, name: string): Promise<void> {
    const filter = fenceSubject(domain, this.#adapter, name);
    const last = await lastMessage(this.#hub, hubStream(domain), filter);
    if (!last) return;
    const bucket = this.#bucket(domain, name);
    bucket.last = Math.max(bucket.last, last.sequence);
    const raw = parseRawSeq(last.header(HEADER.rawSeq));
    if (raw) this.#came(domain, name, raw);
  }

  #came(domain: string, name: string, raw: RawSeq): void {
    const bucket = this.#bucket(domain, name);
    if (!bucket.raw || isAfter(raw, bucket.raw) || raw.created > bucket.raw.created) bucket.raw = raw;
  }

  #room(domain: string): Room {
    let room = this.#rooms.get(domain);
    if (!room) this.#rooms.set(domain, (room = new Room(this.#hub, this.#clock, hubStream(domain))));
    return room;
  }

  #bucket(domain: string, bucket: string): Bucket {
    const key = `${domain}.${bucket}`;
    let found = this.#buckets.get(key);
    if (!found) this.#buckets.set(key, (found = { last: 0, raw: undefined }));
    return found;
  }
}
