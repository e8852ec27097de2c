import type { Drifted } from "./drift.ts";

/**
 * One hop of one message, as lineage keeps it. No field may ever hold anything from a payload but as a keyed hash.
 * Records are written in groups: one JetStream message on `lineage.<namespace>.<adapter>.<writer>` holds a JSON array.
 */
export interface LineageRecord {
  /** What was done; see `HOPS`. */
  hop: Hop;
  /** When, milliseconds since the epoch, by the writing process's clock. */
  at: number;
  messageId: string;
  correlationId: string;
  /** `<namespace>/<name>` of the adapter the message came from. */
  source: string;
  /** `<namespace>/<name>` of the adapter that wrote the record. */
  adapter: string;
  /** How it ended, where the hop can end in several ways. */
  outcome?: string;
  integration?: string;
  contract?: string;
  version?: string;
  event?: string;
  /** Mapping-Revision: hash of the configuration that the hop ran under. */
  revision?: string;
  /** Message in the hub that the record is about, `<creation of the stream, ms>.<sequence>`; with `r<n>` behind it for its nth replay. */
  ref?: string;
  attempt?: number;
  /** Integrations of the same target for which nothing is left to do with this message, whatever comes of this record. */
  settled?: string[];
  /** How long the hop took, milliseconds. */
  ms?: number;
  /** When the source took the message in, milliseconds since the epoch. */
  receivedAt?: number;
  /** Keyed hash of the payload that the hop took: of the original as it was received, then of the message on the hub. */
  payloadHash?: string;
  /** Who was authenticated at the source. */
  principal?: string;
  /** Why, in our own words; never what a peer or payload says. */
  reason?: string;
  /** Rule or configuration path that decided. */
  rule?: string;
  /** What was taken out of the message because its sender does not own it, as the matrix names it: `Patient.telecom`. */
  stripped?: string[];
  /** Fields of the Adapter that name a Secret which lacks keys, each with those that are there. */
  secrets?: Record<string, string[]>;
  /** How often messages had what their contracts do not know, by position, since it was seen first. */
  drift?: Drifted[];
}

const HOPS = [
  /** A worker took over: writes of its predecessors fail from here on. */
  "TakeOver",
  /** A source got a message again, or another one under a used control id. */
  "Repeated",
  /** An original became contract messages on the hub, went to quarantine, or was rejected at the source. */
  "Normalised",
  /** About to send to a target that is not idempotent. */
  "Intent",
  /** A delivery attempt ended. */
  "Delivery",
  /** A contract version that is needed has ended: it waits, and what follows it, for another configuration. */
  "Held",
  /** Moved to the PARKED stream, to wait there in order. */
  "Parked",
  /** Sent again on a person's request. */
  "Replayed",
  /** An adapter told what it lacks, why it can't run its configuration, or that all is well again. */
  "Reported",
  /** An adapter told what its messages have that their contracts do not know. */
  "Drifted",
] as const;
type Hop = (typeof HOPS)[number];

/** Outcomes of a delivery after which nothing more is done for this message and Integration. */
export const FINAL_OUTCOMES: ReadonlySet<string> = new Set(["Delivered", "Quarantined", "Filtered"]);

/** Whether a worker that takes over would do something else without this record. */
export const saysAnything = ({ hop, outcome = "", settled = [] }: LineageRecord): boolean =>
  hop === "Intent" || FINAL_OUTCOMES.has(outcome) || settled.length > 0;
