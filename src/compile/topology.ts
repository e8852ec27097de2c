/** Streams and consumers as data: what the hub must have. Names and sizes only, no NATS types. */

export type StreamRole = "raw" | "hub" | "parked" | "quarantine" | "lineage" | "audit";

export interface StreamPlan {
  name: string;
  role: StreamRole;
  subjects: string[];
  /** Wished size in bytes; scaled down where all together would exceed the store. */
  maxBytes: number;
  /** Window in which Nats-Msg-Id is recognised. */
  duplicateWindowSeconds: number;
  /** How long messages below every effective floor are kept. */
  retentionSeconds: number;
  /** Prefix of the subjects on which the server says, without the payload, that a message has been stored. */
  toldOn?: string;
}

export interface ConsumerPlan {
  stream: string;
  name: string;
  filterSubjects: string[];
  maxAckPending: number;
  ackWaitSeconds: number;
  /** Lineage subject of the delivery records about its messages: who takes over reads them back. */
  recordSubject?: string;
}

export interface Topology {
  streams: StreamPlan[];
  consumers: ConsumerPlan[];
}

const MIB = 1024 * 1024;
/** What a stream is left with where nobody needs it now, and the least that it is given where somebody does. */
export const SMALLEST_STREAM = MIB;

/**
 * Shares the store out: every plan gets what it wishes where that fits, together with the `elsewhere` bytes that other
 * streams reserve, under 90% of `storeBytes`; otherwise all are scaled down by the same factor, but never below 1 MiB.
 * The rest of the store is left to the server's own needs.
 */
export function allocate(streams: StreamPlan[], storeBytes: number, elsewhere = 0): StreamPlan[] {
  const wished = streams.reduce((sum, s) => sum + s.maxBytes, 0);
  const factor = Math.min(1, Math.max(0, storeBytes * 0.9 - elsewhere) / wished);
  return streams.map((s) => ({ ...s, maxBytes: Math.max(SMALLEST_STREAM, Math.floor(s.maxBytes * factor)) }));
}

/** Bounds of the key-value buckets in a store of `storeBytes` (Infinity where nobody could tell): a small part of it. */
export const bucketBytes = (storeBytes: number): { config: number; state: number } => ({
  config: Math.floor(Math.min(64 * MIB, Math.max(8 * MIB, storeBytes / 40))),
  state: Math.floor(Math.min(16 * MIB, Math.max(2 * MIB, storeBytes / 160))),
});
