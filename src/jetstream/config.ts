import type { KV } from "@nats-io/kv";
import type { AdapterConfig } from "../compile/config.ts";
import { type AdapterName, CONFIG_BUCKET, STORED_PREFIX, currentKey, partKey } from "../compile/names.ts";
import { type BucketSize, makeBucket } from "./bucket.ts";
import type { Pointer } from "./configreader.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Below the default max_payload of 1 MiB, with room for headers. */
export const PART_CHARS = 400_000;

/** The bucket of configurations; made where it is missing. */
export const configBucket = (hub: Hub, size: BucketSize): Promise<KV> =>
  makeBucket(hub, CONFIG_BUCKET, { ...size, toldOn: STORED_PREFIX });

/**
 * Configurations by adapter, for the control plane. The parts are written first and the pointer last, so that a reader
 * never sees half of one; parts of the revision before are removed after.
 */
export class ConfigStore {
  readonly #kv: KV;

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  /** Makes the bucket where it is missing. */
  static async make(hub: Hub, size: BucketSize): Promise<ConfigStore> {
    return new ConfigStore(await configBucket(hub, size));
  }

  /** Writes `config` unless it is there already. Resolves to whether anything was written. */
  put(config: AdapterConfig): Promise<boolean> {
    return asked(async () => {
      const key = currentKey(config);
      const before = await this.#pointer(key);
      if (before?.revision === config.revision) return false;
      const pointer = await this.#putParts(config);
      await this.#kv.put(key, JSON.stringify(pointer));
      await this.#removeParts(config, before);
      return true;
    });
  }

  /** Withdraws an adapter's configuration: a process that runs it drains and waits. */
  remove(adapter: AdapterName): Promise<void> {
    return asked(async () => {
      const key = currentKey(adapter);
      const before = await this.#pointer(key);
      await this.#kv.purge(key);
      await this.#removeParts(adapter, before);
    });
  }

  /** Adapters that have a configuration. */
  list(): Promise<AdapterName[]> {
    return asked(async () => {
      const found: AdapterName[] = [];
      for await (const key of await this.#kv.keys("*.*.current")) {
        const [namespace, name] = key.split(".") as [string, string];
        found.push({ namespace, name });
      }
      return found;
    });
  }

  async #pointer(key: string): Promise<Pointer | undefined> {
    const entry = await this.#kv.get(key);
    return entry?.operation === "PUT" ? pointerIn(entry.string()) : undefined;
  }

  async #putParts(config: AdapterConfig): Promise<Pointer> {
    const { revision } = config;
    const text = JSON.stringify(config);
    const parts = Math.ceil(text.length / PART_CHARS);
    for (let i = 0; i < parts; i++)
      try {
        await this.#kv.put(partKey(config, revision, i), text.slice(i * PART_CHARS, (i + 1) * PART_CHARS));
      } catch (error) {
        // Nobody would take away what was written of it until the bucket was full, and the bucket would stay full.
        if (hubError(error, CONFIG_BUCKET).code === "StreamFull")
          await this.#removeParts(config, { revision, parts: i });
        throw error;
      }
    return { revision, parts };
  }

  async #removeParts(adapter: AdapterName, pointer: Pointer | undefined): Promise<void> {
    for (let i = 0; pointer && i < pointer.parts; i++) await this.#kv.purge(partKey(adapter, pointer.revision, i));
  }
}

/** What is damaged counts as not there: it is written anew. */
function pointerIn(text: string): Pointer | undefined {
  try {
    return JSON.parse(text) as Pointer;
  } catch {
    return undefined;
  }
}

async function asked<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    throw hubError(cause, CONFIG_BUCKET);
  }
}
