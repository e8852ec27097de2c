/** Streams and consumers as data: what the hub must have. Names and sizes only, no NATS types. */

export type StreamRole = "raw" | "hub" | "parked" | "quarantine" | "lineage";

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
}

export interface ConsumerPlan {
  stream: string;
  name: string;
  filterSubjects: string[];
  maxAckPending: number;
  ackWaitSeconds: number;
}

export interface Topology {
  streams: StreamPlan[];
  consumers: ConsumerPlan[];
}

const MIB = 1024 * 1024;

/**
 * Shares the store out: every plan gets what it wishes where that fits under 90% of `storeBytes`, otherwise all are
 * scaled down by the same factor, but never below 1 MiB. The rest of the store is left to the server's own needs.
 */
export function allocate(streams: StreamPlan[], storeBytes: number): StreamPlan[] {
  const wished = streams.reduce((sum, s) => sum + s.maxBytes, 0);
  const factor = Math.min(1, (storeBytes * 0.9) / wished);
  return streams.map((s) => ({ ...s, maxBytes: Math.max(MIB, Math.floor(s.maxBytes * factor)) }));
}
