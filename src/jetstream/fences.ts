import type { KV } from "@nats-io/kv";
import { type AdapterName, STATE_BUCKET } from "../compile/names.ts";
import { type RawSeq, formatRawSeq, parseRawSeq } from "../compile/rawseq.ts";
import { streamOf } from "./bucket.ts";
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
  const stream = streamOf(STATE_BUCKET);
  const filter = `$KV.${STATE_BUCKET}.${keyOf(domain, adapter, "*")}`;
  try {
    const { state } = await hub.jsm.streams.info(stream, { subjects_filter: filter });
    const found = await Promise.all(Object.keys(state.subjects ?? {}).map((subject) => readMark(hub, stream, subject)));
    return found.filter((mark) => mark !== undefined);
  } catch (cause) {
    throw hubError(cause, STATE_BUCKET);
  }
}

async function readMark(hub: Hub, stream: string, subject: string): Promise<FenceMark | undefined> {
  const message = await hub.jsm.streams.getMessage(stream, { last_by_subj: subject });
  const raw = parseRawSeq(message?.string() ?? "");
  return raw && { bucket: subject.slice(subject.lastIndexOf(".") + 1), raw };
}
