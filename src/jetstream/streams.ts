import type { ConsumerInfo } from "@nats-io/jetstream";
import { FasciaError } from "../base/errors.ts";
import { consumerRef } from "../compile/names.ts";
import { getMessage } from "./direct.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Subjects under `filter` that hold messages, with how many. */
export async function subjectsOf(hub: Hub, stream: string, filter: string): Promise<Map<string, number>> {
  try {
    // The client follows the pages of the answer.
    const info = await hub.jsm.streams.info(stream, { subjects_filter: filter });
    return new Map(Object.entries(info.state.subjects ?? {}));
  } catch (cause) {
    throw hubError(cause, stream);
  }
}

/** How many messages the stream holds. */
export async function streamSize(hub: Hub, stream: string): Promise<number> {
  try {
    return (await hub.jsm.streams.info(stream)).state.messages;
  } catch (cause) {
    throw hubError(cause, stream);
  }
}

/** Bytes that a stream holds, and its bound; Infinity where it has none. */
export async function streamRoom(hub: Hub, stream: string): Promise<{ bytes: number; maxBytes: number }> {
  try {
    const { state, config } = await hub.jsm.streams.info(stream);
    return { bytes: state.bytes, maxBytes: config.max_bytes > 0 ? config.max_bytes : Number.POSITIVE_INFINITY };
  } catch (cause) {
    throw hubError(cause, stream);
  }
}

/** Tells of every message sent to `filter` from now on. Returns how to stop. */
export function subscribe(hub: Hub, filter: string, callback: (subject: string) => void): () => void {
  const subscription = hub.nc.subscribe(filter, {
    callback: (error, message) => {
      if (!error) callback(message.subject);
    },
  });
  return () => subscription.unsubscribe();
}

/** Names of the streams that begin with `prefix`. */
export async function streamNames(hub: Hub, prefix: string): Promise<string[]> {
  try {
    const found: string[] = [];
    for await (const name of hub.jsm.streams.names()) if (name.startsWith(prefix)) found.push(name);
    return found.sort();
  } catch (cause) {
    throw hubError(cause, "streams");
  }
}

/** When the stream was created, milliseconds since the epoch: tells a re-created stream from its predecessor. */
export async function streamCreated(hub: Hub, stream: string): Promise<number> {
  try {
    return Date.parse((await hub.jsm.streams.info(stream)).created);
  } catch (cause) {
    throw hubError(cause, stream);
  }
}

/** Has the server tell under `prefix`, without the payload, what it has stored. */
export const toldUnder = (prefix: string) => ({ src: ">", dest: `${prefix}.>`, headers_only: true });

/** Where a consumer says when its stream was created: who may use the consumer need not be allowed to look at the stream. */
export const STREAM_CREATED = "fascia.dev/stream-created";

/** As `streamCreated`, told by a consumer of the stream. */
export async function createdOf(hub: Hub, stream: string, consumer: string): Promise<number> {
  try {
    const { config } = await hub.jsm.consumers.info(stream, consumer);
    const created = Date.parse(config.metadata?.[STREAM_CREATED] ?? "");
    if (!Number.isNaN(created)) return created;
  } catch (cause) {
    throw hubError(cause, consumerRef(stream, consumer));
  }
  throw new FasciaError("HubUnavailable", `${consumerRef(stream, consumer)} is not set up yet`);
}

/** Messages that a consumer has not acknowledged yet. */
export const lagOf = (info: Pick<ConsumerInfo, "num_pending" | "num_ack_pending">): number =>
  info.num_pending + info.num_ack_pending;

/** The same, asked of the hub. Rejects with a FasciaError, e.g. `ConsumerMissing`. */
export async function consumerLag(hub: Hub, stream: string, consumer: string): Promise<number> {
  try {
    return lagOf(await hub.jsm.consumers.info(stream, consumer));
  } catch (cause) {
    throw hubError(cause, consumerRef(stream, consumer));
  }
}

/** Takes one message out of a stream; one that is gone already is fine. */
export async function deleteMessage(hub: Hub, stream: string, sequence: number): Promise<void> {
  try {
    await hub.jsm.streams.deleteMessage(stream, sequence, false);
  } catch (cause) {
    if (await getMessage(hub, stream, sequence)) throw hubError(cause, stream);
  }
}
