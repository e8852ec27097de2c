import { type ApiError, JetStreamApiError } from "@nats-io/jetstream";
import { type MsgHdrs, MsgHdrsImpl } from "@nats-io/nats-core";
import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

export interface PublishOptions {
  headers?: Record<string, string>;
  /** Nats-Msg-Id: the stream stores one message of this id within its window. */
  msgId?: string;
  /** Store only if the last message on `subject` (wildcards allowed) has this sequence, 0 for none; otherwise `Fenced`. */
  expectLast?: { subject: string; sequence: number };
  /** How long to keep trying while the hub does not answer, milliseconds. The outcome of each try is unknown, hence one msgId or a fence. */
  patienceMs: number;
  signal?: AbortSignal;
}

/** What a stream answers (nats-server, JSPubAckResponse). */
interface Answer {
  seq: number;
  duplicate?: boolean;
  error?: ApiError;
}

export interface PubAck {
  sequence: number;
  duplicate: boolean;
}

/** A server that has just started may lose what it gets: the first try is given up soon, later ones wait for a slow disk. */
const FIRST_TIMEOUT_MS = 1000;
const LONGEST_TIMEOUT_MS = 4000;
const RETRY: BackoffPolicy = { initialMs: 100, maxMs: 2000 };

/**
 * Publishes and waits for the PubAck: resolved means stored. Rejects with `Fenced`, `StreamFull`, `MessageTooLarge`,
 * `StreamMissing`, or, after `patienceMs`, `HubUnavailable`.
 */
export async function publish(
  hub: Hub,
  subject: string,
  data: Uint8Array | string,
  options: PublishOptions,
  clock: Clock = systemClock,
): Promise<PubAck> {
  const headers = toHeaders(options);
  const deadline = clock.monotonic() + options.patienceMs;
  refuseTooLarge(hub, subject, data);
  for (let attempt = 1; ; attempt++) {
    const patience = Math.max(FIRST_TIMEOUT_MS, deadline - clock.monotonic());
    const timeout = Math.min(patience, LONGEST_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** (attempt - 1));
    try {
      return parseAck(await hub.requests.ask(subject, data, headers, timeout));
    } catch (cause) {
      const error = hubError(cause, `publish to ${subject}`);
      const left = deadline - clock.monotonic();
      if (error.code !== "HubUnavailable" || left <= 0 || options.signal?.aborted) throw error;
      await clock.sleep(Math.min(left, backoff(RETRY, attempt, Math.random)), options.signal);
    }
  }
}

/** Headers count towards the server's limit; ours stay far below this allowance. */
const HEADER_BYTES = 8192;

/** Bytes that a payload may have at most, headers apart. */
export const largestPayload = (hub: Hub): number =>
  (hub.nc.info?.max_payload ?? Number.POSITIVE_INFINITY) - HEADER_BYTES;

function refuseTooLarge(hub: Hub, subject: string, data: Uint8Array | string): void {
  const limit = largestPayload(hub);
  const size = typeof data === "string" ? Buffer.byteLength(data) : data.length;
  if (size <= limit) return;
  throw new FasciaError(
    "MessageTooLarge",
    `publish to ${subject}: ${size} bytes are more than the server takes (${limit}); raise max_payload of the NATS server`,
  );
}

/** Headers by which JetStream recognises a message and checks what it follows (nats-server, server/stream.go). */
function toHeaders({ headers, msgId, expectLast }: PublishOptions): MsgHdrs {
  const all: Record<string, string[]> = {};
  for (const name in headers) all[name] = [oneLine(headers[name] as string)];
  if (msgId !== undefined) all["Nats-Msg-Id"] = [oneLine(msgId)];
  if (expectLast) {
    all["Nats-Expected-Last-Subject-Sequence"] = [String(expectLast.sequence)];
    all["Nats-Expected-Last-Subject-Sequence-Subject"] = [oneLine(expectLast.subject)];
  }
  return MsgHdrsImpl.fromRecord(all);
}

/** A line end would begin a header that nobody set. */
function oneLine(value: string): string {
  if (/[\r\n]/.test(value)) throw new FasciaError("HeaderInvalid", "a header of a message has a line end in its value");
  return value;
}

/** Throws JetStreamApiError where the stream refused the message. */
function parseAck(answer: Uint8Array): PubAck {
  const ack = JSON.parse(Buffer.from(answer.buffer, answer.byteOffset, answer.length).toString()) as Answer;
  if (ack.error) throw new JetStreamApiError(ack.error);
  return { sequence: ack.seq, duplicate: ack.duplicate === true };
}
