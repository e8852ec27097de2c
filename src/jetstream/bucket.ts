import { type KV, Kvm } from "@nats-io/kv";
import { FasciaError } from "../base/errors.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

export interface BucketSize {
  maxBytes: number;
  replicas: number;
}

/** The stream beneath a bucket (ADR-8 of NATS). */
export const streamOf = (bucket: string): string => `KV_${bucket}`;

/** Makes the bucket as it is to be, or changes the one that is there where it differs. Control plane only. */
export async function makeBucket(hub: Hub, name: string, size: BucketSize): Promise<KV> {
  try {
    const kv = await new Kvm(hub.nc).create(name, { history: 1, max_bytes: size.maxBytes, replicas: size.replicas });
    const { config, state } = await hub.jsm.streams.info(streamOf(name));
    const wanted = { max_bytes: Math.max(size.maxBytes, state.bytes), num_replicas: size.replicas };
    if (config.max_bytes !== wanted.max_bytes || config.num_replicas !== wanted.num_replicas)
      await hub.jsm.streams.update(streamOf(name), { ...config, ...wanted });
    return kv;
  } catch (cause) {
    throw hubError(cause, name);
  }
}

/** Opens a bucket that the control plane has made. `HubUnavailable` before it has: worth waiting for. */
export async function openBucket(hub: Hub, name: string): Promise<KV> {
  try {
    await hub.jsm.streams.info(streamOf(name));
    // Read from the leader: a replica that lags would not have what a watcher has just been told of.
    return await new Kvm(hub.nc).open(name, { allow_direct: false });
  } catch (cause) {
    const error = hubError(cause, name);
    if (error.code !== "StreamMissing") throw error;
    throw new FasciaError("HubUnavailable", "the hub is not set up yet: it is when `fascia run` has started once", {
      cause,
    });
  }
}
