import type { KV } from "@nats-io/kv";
import { type AdapterName, STATE_BUCKET } from "../compile/names.ts";
import { type RawSeq, formatRawSeq, parseRawSeq } from "../compile/rawseq.ts";
import { bucketSubject, streamOf } from "./bucket.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** How far an adapter's normalisers came in one bucket of a domain. */
export interface FenceMark {
  bucket: string;
  raw: RawSeq;
}

const keyOf = (domain: string, { namespace, name }: AdapterName, bucket: string): string =>
  `fence.${domain}.${namespace}.${name}.${bucket}`;

/** Keeps a mark whose message is about to be purged from the hub. Control plane only. */
export async function saveMark(kv: KV, domain: string, adapter: AdapterName, mark: FenceMark): Promise<void> {
  await kv.put(keyOf(domain, adapter, mark.bucket), formatRawSeq(mark.raw));
}

/**
 * The marks kept for one adapter. Read after the hub itself: what is not there any more was kept before it was purged.
 * From the leader, because a replica that lags would let a message be published a second time.
 */
export async function readMarks(hub: Hub, domain: string, adapter: AdapterName): Promise<FenceMark[]> {
  const filter = bucketSubject(STATE_BUCKET, keyOf(domain, adapter, "*"));
  const found: FenceMark[] = [];
  try {
    for (let from = 1; ;) {
      const query = { seq: from, next_by_subj: filter };
      const message = await hub.jsm.streams.getMessage(streamOf(STATE_BUCKET), query);
      if (!message) return found;
      const raw = parseRawSeq(message.string());
      if (raw) found.push({ bucket: message.subject.slice(message.subject.lastIndexOf(".") + 1), raw });
      from = message.seq + 1;
    }
  } catch (cause) {
    throw hubError(cause, STATE_BUCKET);
  }
}
