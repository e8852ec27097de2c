import { microTime } from "../kube/microtime.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";

export const LEASES: ResourceType = {
  group: "coordination.k8s.io",
  version: "v1",
  kind: "Lease",
  plural: "leases",
  scope: "Namespaced",
};

/** coordination.k8s.io/v1, as far as it is used. */
export interface Lease extends KubeObject {
  spec?: {
    /** Empty or absent: free. */
    holderIdentity?: string;
    leaseDurationSeconds?: number;
    acquireTime?: string;
    renewTime?: string;
    leaseTransitions?: number;
  };
}

/** What was last seen of a Lease, and when by our own monotonic clock: clocks of others are never compared with ours. */
export interface Sighting {
  holder: string;
  /** How long its holder may be silent, milliseconds. */
  durationMs: number;
  /** Changes with every write. */
  resourceVersion: string;
  /** When this state was first seen. */
  at: number;
}

export type Claim = "take" | "renew" | "wait";

/** The sighting after `lease` was read at `now`; undefined: it is not there. */
export function sighted(before: Sighting | undefined, lease: Lease | undefined, now: number): Sighting | undefined {
  // A Lease that vanished while somebody held it is held until its time is over: its holder may not know yet.
  if (lease === undefined) return before;
  const resourceVersion = lease.metadata.resourceVersion ?? "";
  if (before?.resourceVersion === resourceVersion) return before;
  const { holderIdentity = "", leaseDurationSeconds = 0 } = lease.spec ?? {};
  return { holder: holderIdentity, durationMs: leaseDurationSeconds * 1000, resourceVersion, at: now };
}

/** Whether `me` may write itself into the Lease. `ownDurationMs` is how long we would hold it. */
export function claim(seen: Sighting | undefined, me: string, ownDurationMs: number, now: number): Claim {
  if (seen === undefined || seen.holder === "") return "take";
  if (seen.holder === me) return "renew";
  return now - seen.at > Math.max(seen.durationMs, ownDurationMs) ? "take" : "wait";
}

/** The Lease with `me` as its holder, or free with `me` undefined. `wallMs` is for people who read it. */
export function written(lease: Lease, me: string | undefined, durationMs: number, wallMs: number): Lease {
  const { holderIdentity, acquireTime, leaseTransitions = 0 } = lease.spec ?? {};
  const now = microTime(wallMs);
  const stays = holderIdentity === me;
  return {
    ...lease,
    spec: {
      holderIdentity: me ?? "",
      leaseDurationSeconds: me === undefined ? 1 : Math.ceil(durationMs / 1000),
      acquireTime: stays && acquireTime !== undefined ? acquireTime : now,
      renewTime: now,
      leaseTransitions: stays || me === undefined ? leaseTransitions : leaseTransitions + 1,
    },
  };
}
