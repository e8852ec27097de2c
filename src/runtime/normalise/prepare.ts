import semver from "semver";
import { FasciaError } from "../../base/errors.ts";
import { type HashKey, keyedHash } from "../../base/hash.ts";
import { bucketOf } from "../../compile/bucket.ts";
import { formatRawSeq } from "../../compile/rawseq.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import { HEADER, type Meta, metaHeaders } from "../../jetstream/headers.ts";
import type { HubMessage } from "./fence.ts";
import type { Normalised } from "./transform.ts";

/** One contract message, ready to be published. */
export interface Prepared {
  meta: Meta;
  hubMessage: HubMessage;
}

export interface PrepareContext {
  key: HashKey;
  /** `<namespace>/<name>` of the adapter. */
  source: string;
  revision: string;
  /** When the RAW stream was created, milliseconds since the epoch. */
  rawCreated: number;
  traceparent: string;
  /** Largest payload that the hub takes, bytes. */
  maxBytes: number;
}

/**
 * Gives the messages of one original their ids, keys and headers. Throws `MessageTooLarge` or `TooManyKeys` if any of
 * them would not fit into the hub: before the first is published, so that an original goes whole or not at all.
 */
export function prepare(original: Delivered, results: Normalised[], context: PrepareContext): Prepared[] {
  const said = results.filter(({ isNothing }) => !isNothing);
  return said.map((result, i) => prepareOne(original, result, i + 1, said.length, context));
}

function prepareOne(
  original: Delivered,
  result: Normalised,
  part: number,
  parts: number,
  context: PrepareContext,
): Prepared {
  const { contract, version, domain } = result.emit;
  const data = Buffer.from(JSON.stringify(result.payload));
  refuseTooLarge(data, contract, context.maxBytes);
  const id = original.header(HEADER.messageId);
  refuseTooManyKeys(result.keys, contract);
  const keys = result.keys.map((key) => keyedHash(context.key, "key", key));
  const meta: Meta = {
    messageId: parts === 1 ? id : `${id}-${part}`,
    correlationId: id,
    source: context.source,
    contract,
    version,
    event: result.event,
    keys,
    receivedAt: Number(original.header(HEADER.receivedAt)),
    payloadHash: keyedHash(context.key, "payload", data),
    revision: context.revision,
    traceparent: context.traceparent,
  };
  const raw = { created: context.rawCreated, sequence: original.sequence, part, parts };
  const hubMessage: HubMessage = {
    domain,
    contract,
    major: semver.major(version),
    event: result.event,
    bucket: bucketOf(keys[0] ?? meta.messageId),
    raw,
    headers: { ...metaHeaders(meta), [HEADER.rawSeq]: formatRawSeq(raw) },
    data,
  };
  return { meta, hubMessage };
}

function refuseTooLarge({ length: bytes }: Uint8Array, contract: string, maxBytes: number): void {
  if (bytes <= maxBytes) return;
  throw new FasciaError(
    "MessageTooLarge",
    `as ${contract} the message has ${bytes} bytes, more than the hub takes (${maxBytes}); raise max_payload of the NATS server, or map less`,
  );
}

/** All keys stand in one header, and the hub takes 64 KiB of headers. Parked, a message has a copy under each. */
export const MAX_KEYS = 100;

function refuseTooManyKeys({ length: keys }: string[], contract: string): void {
  if (keys <= MAX_KEYS) return;
  throw new FasciaError(
    "TooManyKeys",
    `as ${contract} the message has ${keys} ordering keys, more than ${MAX_KEYS}: have the sender split it, or give the entry of spec.emits a key`,
  );
}
