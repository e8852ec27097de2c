import type { Delivered } from "../../jetstream/delivered.ts";
import type { Stored } from "../../jetstream/read.ts";
import { HEADER, MESSAGE_HEADERS, type Meta, copyHeaders, readMeta } from "../../jetstream/headers.ts";
import type { Plan } from "./plan.ts";
import type { Rendered, Route } from "./route.ts";

/** One message on its way to this target, whether from the hub or from the PARKED stream. */
export interface Entry {
  /** `<creation of the hub stream, ms>.<sequence>`, the same for every copy of the message; a replay has `.r<n>` behind it. */
  readonly ref: string;
  /** Lanes that it stands in: its ordering keys, or its own id where it has none. */
  readonly keys: readonly string[];
  readonly meta: Meta;
  readonly data: Uint8Array;
  /** The message's own headers, for copies of it. */
  readonly headers: Record<string, string>;
  /** The hub's delivery; undefined for a parked message. A redelivery replaces it. */
  delivered: Delivered | undefined;
  /** Sequence in the PARKED stream; undefined for one from the hub. */
  readonly parkedAs: number | undefined;
  /** Being tried, or about to be, or waiting to be tried again. */
  busy: boolean;
  /** Fixed at the first attempt and kept over retries. */
  plan: Plan | undefined;
  /** Integrations for which nothing is left to do. */
  settled: Set<string>;
  /** Routes that still have to be settled. */
  routes: Route[];
  /** Attempts of the first of `routes`. */
  attempts: number;
  /** What the first of `routes` makes of the message. */
  rendered: Rendered | undefined;
  payload: unknown;
  /** Settles when every record of the message is durable. */
  recorded: Promise<unknown>[];
}

export function fromHub(delivered: Delivered, streamCreated: number): Entry {
  return {
    ...common(delivered, delivered.data),
    ref: `${streamCreated}.${delivered.sequence}`,
    delivered,
    parkedAs: undefined,
  };
}

export function fromParked(stored: Stored): Entry {
  return {
    ...common(stored, stored.data),
    ref: stored.header(HEADER.ref),
    delivered: undefined,
    parkedAs: stored.sequence,
  };
}

function common(message: { header(name: string): string }, data: Uint8Array) {
  const meta = readMeta((name) => message.header(name));
  return {
    meta,
    data,
    keys: meta.keys.length > 0 ? meta.keys : [meta.messageId],
    busy: false,
    settled: new Set<string>(),
    headers: copyHeaders(message, MESSAGE_HEADERS),
    plan: undefined,
    routes: [],
    attempts: 0,
    rendered: undefined,
    payload: undefined,
    recorded: [],
  };
}

/** Position of the original in the hub; orders copies of one key. NaN for a replay, which stands outside that order. */
export const hubSequence = (ref: string): number => (ref.includes("r") ? Number.NaN : Number(ref.split(".")[1]));
