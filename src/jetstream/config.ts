import type { KV } from "@nats-io/kv";
import type { AdapterConfig } from "../compile/config.ts";
import { type AdapterName, CONFIG_BUCKET } from "../compile/names.ts";
import { type BucketSize, makeBucket, openBucket } from "./bucket.ts";
import { ConfigWatch, type Present, type TakeConfig } from "./configwatch.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** What stands under an adapter's own key: where its configuration is, in how many parts. */
interface Pointer {
  revision: string;
  parts: number;
}

/** Below the default max_payload of 1 MiB, with room for headers. */
const PART_CHARS = 400_000;

const prefix = (a: AdapterName): string => `${a.namespace}.${a.name}`;

/**
 * Configurations by adapter. The parts are written first and the pointer last, so that a reader never sees half of
 * one; parts of the revision before are removed after.
 */
export class ConfigStore {
  readonly #kv: KV;

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  /** For the control plane, which writes: makes the bucket where it is missing. */
  static async make(hub: Hub, size: BucketSize): Promise<ConfigStore> {
    return new ConfigStore(await makeBucket(hub, CONFIG_BUCKET, size));
  }

  /** For an adapter, which only reads. `HubUnavailable` while no control plane has made the bucket. */
  static async open(hub: Hub): Promise<ConfigStore> {
    return new ConfigStore(await openBucket(hub, CONFIG_BUCKET));
  }

  /** Writes `config` unless it is there already. Resolves to whether anything was written. */
  put(config: AdapterConfig): Promise<boolean> {
    return asked(async () => {
      const key = `${prefix(config)}.current`;
      const before = await this.#pointer(key);
      if (before?.revision === config.revision) return false;
      const text = JSON.stringify(config);
      const parts = Math.ceil(text.length / PART_CHARS);
      for (let i = 0; i < parts; i++) {
        await this.#kv.put(this.#partKey(config, config.revision, i), text.slice(i * PART_CHARS, (i + 1) * PART_CHARS));
      }
      await this.#kv.put(key, JSON.stringify({ revision: config.revision, parts } satisfies Pointer));
      await this.#removeParts(config, before);
      return true;
    });
  }

  /** Withdraws an adapter's configuration: a process that runs it drains and waits. */
  remove(adapter: AdapterName): Promise<void> {
    return asked(async () => {
      const key = `${prefix(adapter)}.current`;
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

  /** The present configuration, then every change of it; undefined where it was withdrawn. Ends when `signal` aborts. */
  watch(adapter: AdapterName, signal: AbortSignal, take: TakeConfig): Promise<void> {
    const key = `${prefix(adapter)}.current`;
    return new ConfigWatch(this.#kv, key, () => asked(() => this.#read(adapter, key)), take, signal).run();
  }

  async #read(adapter: AdapterName, key: string): Promise<Present> {
    const pointer = await this.#pointer(key);
    if (!pointer) return "None";
    const parts: string[] = [];
    for (let i = 0; i < pointer.parts; i++) {
      const entry = await this.#kv.get(this.#partKey(adapter, pointer.revision, i));
      // Replaced meanwhile, or on its way to the replica that was asked.
      if (entry?.operation !== "PUT") return "Incomplete";
      parts.push(entry.string());
    }
    return JSON.parse(parts.join("")) as AdapterConfig;
  }

  async #pointer(key: string): Promise<Pointer | undefined> {
    const entry = await this.#kv.get(key);
    return entry?.operation === "PUT" ? entry.json<Pointer>() : undefined;
  }

  async #removeParts(adapter: AdapterName, pointer: Pointer | undefined): Promise<void> {
    for (let i = 0; pointer && i < pointer.parts; i++)
      await this.#kv.purge(this.#partKey(adapter, pointer.revision, i));
  }

  #partKey(adapter: AdapterName, revision: string, part: number): string {
    return `${prefix(adapter)}.part.${revision}.${part}`;
  }
}

async function asked<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    throw hubError(cause, CONFIG_BUCKET);
  }
}
