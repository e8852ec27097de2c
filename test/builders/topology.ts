import type { ConsumerPlan, StreamPlan } from "../../src/compile/topology.ts";

/** A plan of a small stream; its name tells its role. */
export function streamPlan(name: string, subjects: string[], more: Partial<StreamPlan> = {}): StreamPlan {
  const role = name.split("_", 1)[0]?.toLowerCase() as StreamPlan["role"];
  return {
    name,
    role,
    subjects,
    maxBytes: 4 * 1024 ** 2,
    duplicateWindowSeconds: 120,
    retentionSeconds: 3600,
    ...more,
  };
}

export function consumerPlan(stream: string, name: string, more: Partial<ConsumerPlan> = {}): ConsumerPlan {
  return { stream, name, filterSubjects: [">"], maxAckPending: 100, ackWaitSeconds: 30, ...more };
}
