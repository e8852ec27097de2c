import type { CalendarEntry } from "../compile/calendar.ts";
import type { Clock } from "../base/clock.ts";
import type { OwnershipPlan } from "../mapping/ownership.ts";
import type { Log } from "../telemetry/log.ts";

/**
 * What a protocol must offer to carry messages, and nothing else. Everything about durability, order, retry and
 * records is the runtime's; an adapter only turns bytes on a wire into `Received` and an `Outbound` into an `Outcome`.
 */

/** A message as it came in, before anything was done to it. */
export interface Received {
  /** The bytes as sent, without framing. */
  body: Uint8Array;
  dialect: "hl7v2" | "json";
  /** What identifies the sender and its message: hashed to the message id. E.g. [MSH-3, MSH-4, MSH-10], or the Idempotency-Key. */
  identity: string[];
  /** Whatever comes under the identity again is the same, though its body may differ by now. */
  isOne?: true;
  /** Time that the message gives for itself (MSH-7), as written; part of telling a duplicate from a reused control id. */
  messageTime?: string;
  /** Event of the dialect where the envelope tells it (MSH-9.2), otherwise undefined. */
  event?: string;
  /** Who was authenticated: certificate subject CN or token name. Never an address, never from the payload. */
  principal?: string;
  /** W3C trace context of the caller. */
  traceparent?: string;
}

/** What became of a received message; the transport turns it into its own answer. */
export type Receipt =
  | { status: "Accepted"; messageId: string }
  /** The same message again: answered as the first time, not processed twice. */
  | { status: "Duplicate"; messageId: string }
  /** Not stored, and never will be: e.g. a control id reused where that is refused (AR, 409). */
  | { status: "Refused"; reason: string }
  /** Not stored: it says what is not its sender's to say (AR, 422). */
  | { status: "Rejected"; reason: string }
  /** Not stored, worth trying again: hub full or gone (AE/CE, 503). The connection is closed so that order stays. */
  | { status: "Unavailable"; reason: string };

export type Receive = (message: Received) => Promise<Receipt>;

export interface Source {
  /** Starts listening or reading. Resolves when ready, with the address to show a person, e.g. `mllp://0.0.0.0:2575`. */
  start(receive: Receive): Promise<string>;
  /** Takes no new messages, answers those under way, then resolves. Never rejects. */
  stop(): Promise<void>;
}

/** A rendered message on its way out. */
export interface Outbound {
  /** Bytes for `mllp`; a JSON value for `http`, `fhir` (a Bundle) and `file`. */
  payload: unknown;
  messageId: string;
  /** Stable over retries of one delivery; differs between deliveries. */
  idempotencyKey: string;
  traceparent?: string;
  /** By FHIR resource type, what of such a resource the message's source owns; everything of types that are not named. */
  owned?: OwnershipPlan;
}

/** How a delivery attempt ended. Reasons are written by us from codes and states, never from what the peer sent as text. */
export type Outcome =
  | { kind: "Delivered"; detail: string; reply?: unknown }
  /** Not taken, worth trying again. `down`: the whole target, not only this message. */
  | { kind: "Transient"; reason: string; down: boolean; retryAfterMs?: number }
  /** Sent, and nobody knows whether it was taken. */
  | { kind: "Ambiguous"; reason: string; down: boolean }
  /** Refused for good. */
  | { kind: "Permanent"; reason: string };

/** One free way to the target. Belongs to one delivery until released. */
export interface Channel {
  /** Sends and waits for the answer; never rejects. Aborting `signal` gives up waiting (Ambiguous where sent). */
  send(message: Outbound, signal: AbortSignal): Promise<Outcome>;
  release(): void;
}

export interface Target {
  /** Whether the peer recognises a repeated idempotency key. */
  readonly idempotent: boolean;
  /** Deliveries that may be under way at once. */
  readonly concurrency: number;
  /** Connects where needed. A peer that cannot be reached is a Transient outcome: nothing was sent. Never rejects. */
  acquire(signal: AbortSignal): Promise<Channel | Extract<Outcome, { kind: "Transient" | "Permanent" }>>;
  /** Closes idle connections and, after those under way are done, all. Never rejects. */
  close(): Promise<void>;
}

export function isChannel(value: Channel | Outcome): value is Channel {
  return "send" in value;
}

/** Reads Secrets by reference, at each use, so that renewed ones count. Rejects with FasciaError `SecretMissing`. */
export interface Secrets {
  read(name: string, key: string): Promise<Buffer>;
  /** Undefined where the Secret has no such key. */
  readOptional(name: string, key: string): Promise<Buffer | undefined>;
}

/** What every source is given. */
export interface SourceDeps {
  secrets: Secrets;
  clock: Clock;
  log: Log;
  /** Listen on this port instead of the one in the spec: for a second replica on one host, and for tests (0: any free one). */
  portOverride?: number;
  /** Address of the interface to listen on; default: all of them. */
  host?: string;
  /** Character set of messages that name none, as HL7 table 0211 has it; undefined means UTF-8. */
  charset?: string;
  /** The lives of contract versions; only for who tells of them. */
  calendar?: readonly CalendarEntry[];
}

/** What every target is given. */
export interface TargetDeps {
  secrets: Secrets;
  clock: Clock;
  log: Log;
  /** The HTTP proxy that leads to an address, or undefined where it is reached directly; only for what speaks HTTP. */
  proxyFor?: ((url: URL) => URL | undefined) | undefined;
}
