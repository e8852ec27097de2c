import { type MsgHdrs, headers as natsHeaders } from "@nats-io/nats-core";
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
  const request = { ...expectation(options), headers: toHeaders(options.headers) };
  const deadline = clock.monotonic() + options.patienceMs;
  refuseTooLarge(hub, subject, data);
  for (let attempt = 1; ; attempt++) {
    const patience = Math.max(FIRST_TIMEOUT_MS, deadline - clock.monotonic());
    const timeout = Math.min(patience, LONGEST_TIMEOUT_MS, FIRST_TIMEOUT_MS * 2 ** (attempt - 1));
    try {
      const ack = await hub.js.publish(subject, data, { ...request, timeout });
      return { sequence: ack.seq, duplicate: ack.duplicate };
    } catch (cause) {
      const error = hubError(cause, `publish to ${subject}`);
      const left = deadline - clock.monotonic();
      if (error.code !== "HubUnavailable" || left <= 0 || options.signal?.aborted) throw error;
      await clock.sleep(Math.min(left, backoff(RETRY, attempt, Math.random)), options.signal);
    }
  }
}

/** Headers count towards the server's limit; ours stay far below this allowance. */
const HEADER_BYTES = 4096;

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

function expectation(options: PublishOptions) {
  const { expectLast, msgId } = options;
  return {
    ...(msgId !== undefined && { msgID: msgId }),
    ...(expectLast && {
      expect: { lastSubjectSequence: expectLast.sequence, lastSubjectSequenceSubject: expectLast.subject },
    }),
  };
}

function toHeaders(record: Record<string, string> | undefined): MsgHdrs {
  const result = natsHeaders();
  for (const name in record) result.append(name, record[name] as string);
  return result;
}
