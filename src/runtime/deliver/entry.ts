import type { Delivered } from "../../jetstream/delivered.ts";
import type { Stored } from "../../jetstream/read.ts";
import { HEADER, MESSAGE_HEADERS, type Meta, copyHeaders, readMeta } from "../../jetstream/headers.ts";
import type { History } from "./history.ts";
import type { Plan } from "./plan.ts";
import type { Rendered, Route } from "./route.ts";

/** One message on its way to this target, whether from the hub or from the PARKED stream. */
export interface Entry {
  /** `<creation of the hub stream, ms>.<sequence>`, the same for every copy of the message; a replay has `.r<n>` behind it. */
  readonly ref: string;
  /** Lanes that it stands in: its ordering keys, or its own id where it has none. A replay stands in the first only. */
  readonly keys: readonly string[];
  readonly meta: Meta;
  readonly data: Uint8Array;
  /** The value of one of the message's own headers, empty where it is missing. */
  readonly header: (name: string) => string;
  /** The hub's delivery; undefined for a parked message. A redelivery replaces it. */
  delivered: Delivered | undefined;
  /** Its sequences in the PARKED stream: of itself, then of what holds its place under its other keys. None for one from the hub. */
  copies: readonly number[];
  /** Being tried, or about to be, or waiting to be tried again. */
  busy: boolean;
  /** Fixed at the first attempt and kept over retries. */
  plan: Plan | undefined;
  /** Integrations for which nothing is left to do. */
  settled: Set<string>;
  /** Integrations for which it was sent before this term, and no answer is known. */
  open: Set<string>;
  /** Routes of `plan` that still have to be settled; undefined before the first attempt under it. */
  routes: Route[] | undefined;
  /** Attempts of the first of `routes`. */
  attempts: number;
  /** What the first of `routes` makes of the message. */
  rendered: Rendered | undefined;
  /** Why it was held last, as it was told. */
  heldFor: string | undefined;
  payload: unknown;
  /** Settles when every record of the message is durable. */
  recorded: Promise<unknown>[];
}

export function fromHub(delivered: Delivered, streamCreated: number, history: History): Entry {
  const meta = readMeta((name) => delivered.header(name));
  const ref = `${streamCreated}.${delivered.sequence}`;
  return {
    ...common(delivered, meta, delivered.data),
    ref,
    settled: new Set(history.settled(ref)),
    open: new Set(history.open(ref)),
    keys: keysOf(meta),
    delivered,
    copies: [],
  };
}

/** What was known of it when it was parked stands in its headers; `history` tells what came after. */
export function fromParked(stored: Stored, history: History): Entry {
  const meta = readMeta((name) => stored.header(name));
  const ref = stored.header(HEADER.ref);
  return {
    ...common(stored, meta, stored.data),
    ref,
    settled: new Set([...namesIn(stored.header(HEADER.settled)), ...history.settled(ref)]),
    open: new Set([...namesIn(stored.header(HEADER.open)), ...history.open(ref)]),
    keys: isReplay(ref) ? keysOf(meta).slice(0, 1) : keysOf(meta),
    delivered: undefined,
    copies: [stored.sequence],
  };
}

function common(message: { header(name: string): string }, meta: Meta, data: Uint8Array) {
  return {
    meta,
    data,
    busy: false,
    header: (name: string) => message.header(name),
    plan: undefined,
    routes: undefined,
    attempts: 0,
    rendered: undefined,
    heldFor: undefined,
    payload: undefined,
    recorded: [],
  };
}

/** The next attempt is made by the configuration as it is then. What is settled stays so. */
export function startAnew(entry: Entry): void {
  entry.plan = undefined;
  entry.routes = undefined;
  entry.rendered = undefined;
}

/** What a copy of the message must have to be delivered. */
export const headersOf = (entry: Entry): Record<string, string> => copyHeaders(entry, MESSAGE_HEADERS);

/** Headers of its copy in PARKED. */
export const parkedHeaders = (entry: Entry): Record<string, string> => ({
  ...headersOf(entry),
  [HEADER.ref]: entry.ref,
  ...(entry.settled.size > 0 && { [HEADER.settled]: [...entry.settled].join(",") }),
  ...(entry.open.size > 0 && { [HEADER.open]: [...entry.open].join(",") }),
});

const namesIn = (header: string): string[] => (header === "" ? [] : header.split(","));

const keysOf = (meta: Meta): string[] => (meta.keys.length > 0 ? [...new Set(meta.keys)] : [meta.messageId]);

const isReplay = (ref: string): boolean => ref.includes("r");

/** Where the original stands in the hub: which stream, by its creation, and where in it. Undefined for a replay, which stands outside that order. */
export function hubPosition(ref: string): { stream: string; sequence: number } | undefined {
  const [stream = "", sequence = ""] = ref.split(".");
  return isReplay(ref) ? undefined : { stream, sequence: Number(sequence) };
}
