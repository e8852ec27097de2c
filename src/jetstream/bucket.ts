import { type KV, Kvm } from "@nats-io/kv";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";
import { toldUnder } from "./streams.ts";

export interface BucketSize {
  maxBytes: number;
  replicas: number;
  /** Prefix of the subjects on which the server says, without the value, that a key was written. */
  toldOn?: string;
}

/** The stream beneath a bucket (ADR-8 of NATS). */
export const streamOf = (bucket: string): string => `KV_${bucket}`;

/** The subject of a key (ADR-8 of NATS). */
export const bucketSubject = (bucket: string, key: string): string => `$KV.${bucket}.${key}`;

/** Makes the bucket as it is to be, or changes the one that is there where it differs. Control plane only. */
export async function makeBucket(hub: Hub, name: string, size: BucketSize): Promise<KV> {
  try {
    const told = size.toldOn !== undefined && { republish: toldUnder(size.toldOn) };
    const sizes = { max_bytes: size.maxBytes, replicas: size.replicas };
    const kv = await new Kvm(hub.nc).create(name, { history: 1, ...sizes, ...told });
    const { config, state } = await hub.jsm.streams.info(streamOf(name));
    const wanted = { max_bytes: Math.max(size.maxBytes, state.bytes), num_replicas: size.replicas };
    const sized = config.max_bytes === wanted.max_bytes && config.num_replicas === wanted.num_replicas;
    if (!sized || (told && config.republish?.dest !== told.republish.dest))
      await hub.jsm.streams.update(streamOf(name), { ...config, ...wanted, ...told });
    return kv;
  } catch (cause) {
    throw hubError(cause, name);
  }
}
