import { FasciaError } from "../base/errors.ts";
import { bucketOf } from "../compile/bucket.ts";
import type { LineageRecord } from "../api/lineage.ts";
import {
  type AdapterName,
  adapterRef,
  lineageSubject,
  parkedSubject,
  quarantineStream,
  rawSubject,
} from "../compile/names.ts";
import {
  HEADER,
  MESSAGE_HEADERS,
  type Meta,
  ORIGINAL_HEADERS,
  copyHeaders,
  lineageOf,
  readMeta,
} from "../jetstream/headers.ts";
import type { Hub } from "../jetstream/hub.ts";
import { publish } from "../jetstream/publish.ts";
import { type Stored, getMessage, readMessages } from "../jetstream/read.ts";
import { deleteMessage, streamCreated, streamNames } from "../jetstream/streams.ts";

/** A message that was put aside. */
export interface Quarantined {
  /** `<namespace>/<sequence>`: how a person names it. */
  id: string;
  stage: "normalise" | "deliver";
  /** The adapter that put it aside. */
  adapter: AdapterName;
  at: number;
  meta: Meta;
  /** Integration that failed; empty at the stage `normalise`. */
  integration: string;
  outcome: string;
  reason: string;
  stored: Stored;
}

const PATIENCE_MS = 10_000;

/** Everything in quarantine, oldest first. */
export async function* listQuarantine(hub: Hub): AsyncGenerator<Quarantined> {
  for (const stream of await streamNames(hub, quarantineStream(""))) {
    for await (const stored of readMessages(hub, stream, "quarantine.>", { sequence: 1 })) yield quarantined(stored);
  }
}

/** What `id` names: one by `<namespace>/<sequence>`, or all of a message by its message or correlation id. */
export async function findQuarantined(hub: Hub, id: string): Promise<Quarantined[]> {
  const numbered = /^([a-z0-9-]+)\/(\d+)$/.exec(id);
  if (numbered) {
    const stored = await getMessage(hub, quarantineStream(numbered[1] as string), Number(numbered[2])).catch(
      () => undefined,
    );
    return stored ? [quarantined(stored)] : [];
  }
  const found: Quarantined[] = [];
  for await (const q of listQuarantine(hub)) if (q.meta.messageId === id || q.meta.correlationId === id) found.push(q);
  return found;
}

/**
 * Sends it again, through the mapping as it is now, and takes it out of quarantine. A failed delivery goes to the
 * PARKED stream of its target, so that it is delivered in order with what waits under the same key; an original goes
 * back to RAW with its Message-Id. Asking twice sends once.
 */
export async function replay(hub: Hub, q: Quarantined, at: number): Promise<void> {
  const stream = quarantineStream(q.adapter.namespace);
  const created = await streamCreated(hub, stream);
  const msgId = `replay.${stream}.${created}.${q.stored.sequence}`;
  const { subject, headers } = q.stage === "normalise" ? toRaw(q) : toParked(q);
  await publish(hub, subject, q.stored.data, { headers, msgId, patienceMs: PATIENCE_MS });
  await deleteMessage(hub, stream, q.stored.sequence);
  await publish(hub, lineageSubject(q.adapter, "replay"), JSON.stringify([replayed(q, at)]), {
    msgId,
    patienceMs: PATIENCE_MS,
  });
}

const replayed = (q: Quarantined, at: number): LineageRecord => ({
  hop: "Replayed",
  at,
  ...lineageOf(q.meta),
  correlationId: q.meta.correlationId === "" ? q.meta.messageId : q.meta.correlationId,
  adapter: adapterRef(q.adapter),
  ...(q.integration !== "" && { integration: q.integration }),
  reason: `asked for by a person; was put aside as ${q.outcome}`,
});

function toRaw(q: Quarantined) {
  return { subject: rawSubject(q.adapter), headers: copyHeaders(q.stored, ORIGINAL_HEADERS) };
}

function toParked(q: Quarantined) {
  const domain = q.stored.header(HEADER.domain);
  if (domain === "") {
    throw new FasciaError(
      "NotReplayable",
      `${q.id} is a reply that violates its contract; the delivery itself succeeded and is not repeated`,
    );
  }
  const key = q.meta.keys[0] ?? q.meta.messageId;
  const ref = `${q.stored.header(HEADER.ref)}.r${q.stored.sequence}`;
  return {
    subject: parkedSubject(q.adapter, domain, bucketOf(key), key),
    headers: { ...copyHeaders(q.stored, MESSAGE_HEADERS), [HEADER.ref]: ref },
  };
}

function quarantined(stored: Stored): Quarantined {
  const [, namespace = "", name = "", stage] = stored.subject.split(".");
  return {
    id: `${namespace}/${stored.sequence}`,
    stage: stage === "normalise" ? "normalise" : "deliver",
    adapter: { namespace, name },
    at: stored.time,
    meta: readMeta((header) => stored.header(header)),
    integration: stored.header(HEADER.integration),
    outcome: stored.header(HEADER.outcome),
    reason: stored.header(HEADER.reason),
    stored,
  };
}
