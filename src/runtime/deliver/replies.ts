import semver from "semver";
import { bucketOf } from "../../compile/bucket.ts";
import { REPLY_EVENT, hubStream, hubSubject, repliesSubject, replyBucket } from "../../compile/names.ts";
import { HEADER, type Meta, metaHeaders } from "../../jetstream/headers.ts";
import { untilHubAnswers } from "../../jetstream/patience.ts";
import { lastMessage } from "../../jetstream/read.ts";
import type { Deps } from "../deps.ts";
import { publishPatiently } from "../publish.ts";

/** So many replies of one bucket may be published, and their deliveries not yet recorded, when a process dies. */
const REMEMBERED = 32;

/** What one worker has published to one bucket of a domain. */
interface Bucket {
  /** Ids, the latest last. */
  ids: Promise<string[]>;
  turn: Promise<unknown>;
}

/**
 * The replies that one worker publishes. A delivery that is repeated after a crash publishes none twice, however long
 * ago that was: each reply names those before it, so that the last one of a bucket tells. One publish at a time per
 * bucket, because only then what it names is what there is.
 */
export class Replies {
  readonly #deps: Deps;
  readonly #writer: string;
  readonly #buckets = new Map<string, Bucket>();

  /** `writer`: `deliveryWriter()` of the worker, which is the only one of this name. */
  constructor(deps: Deps, writer: string) {
    this.#deps = deps;
    this.#writer = writer;
  }

  /** Whether the reply is on the hub already. Rejects when `signal` aborts while the hub is silent. */
  async has(domain: string, meta: Meta, signal: AbortSignal): Promise<boolean> {
    return (await this.#bucket(domain, bucketFor(meta), signal).ids).includes(meta.messageId);
  }

  /** Resolves when it is durable; rejects when `signal` aborts, and with `MessageTooLarge`. */
  publish(domain: string, meta: Meta, data: Uint8Array | string, signal: AbortSignal): Promise<void> {
    const bucket = this.#bucket(domain, bucketFor(meta), signal);
    const turn = bucket.turn.then(() => this.#publishNext(bucket, domain, meta, data, signal));
    bucket.turn = turn.catch(() => {});
    return turn;
  }

  async #publishNext(
    bucket: Bucket,
    domain: string,
    meta: Meta,
    data: Uint8Array | string,
    signal: AbortSignal,
  ): Promise<void> {
    const ids = await bucket.ids;
    const headers = { ...metaHeaders(meta), ...(ids.length > 0 && { [HEADER.replies]: ids.join(",") }) };
    const options = { headers, msgId: meta.messageId, signal };
    await publishPatiently(this.#deps, this.#subjectOf(domain, meta), data, options, "reply is waiting");
    ids.push(meta.messageId);
    ids.splice(0, ids.length - REMEMBERED);
  }

  #bucket(domain: string, name: string, signal: AbortSignal): Bucket {
    const key = `${domain}.${name}`;
    let found = this.#buckets.get(key);
    if (!found) {
      found = { ids: this.#read(domain, name, signal), turn: Promise.resolve() };
      // Whoever asks next looks again.
      found.ids.catch(() => this.#buckets.delete(key));
      this.#buckets.set(key, found);
    }
    return found;
  }

  async #read(domain: string, bucket: string, signal: AbortSignal): Promise<string[]> {
    const { adapter, hub, clock, random, log } = this.#deps;
    const subject = repliesSubject(domain, adapter, bucket, this.#writer);
    const look = () => lastMessage(hub, hubStream(domain), subject);
    const last = await untilHubAnswers(look, clock, random, log, signal);
    if (!last) return [];
    return [...last.header(HEADER.replies).split(","), last.header(HEADER.messageId)].filter((id) => id !== "");
  }

  #subjectOf(domain: string, meta: Meta): string {
    return hubSubject({
      domain,
      contract: meta.contract,
      major: semver.major(meta.version),
      namespace: this.#deps.adapter.namespace,
      adapter: this.#deps.adapter.name,
      event: REPLY_EVENT,
      bucket: replyBucket(bucketFor(meta), this.#writer),
    });
  }
}

const bucketFor = (meta: Meta): string => bucketOf(meta.keys[0] ?? meta.messageId);
