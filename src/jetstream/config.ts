import type { KV } from "@nats-io/kv";
import type { AdapterConfig } from "../compile/config.ts";
import { type AdapterName, CONFIG_BUCKET } from "../compile/names.ts";
import { type BucketSize, makeBucket, openBucket } from "./bucket.ts";
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
  async put(config: AdapterConfig): Promise<boolean> {
    const key = `${prefix(config)}.current`;
    const before = await this.#pointer(key);
    if (before?.revision === config.revision) return false;
    const text = JSON.stringify(config);
    const parts = Math.ceil(text.length / PART_CHARS);
    for (let i = 0; i < parts; i++) {
      await this.#kv.put(this.#partKey(config, config.revision, i), text.slice(i * PART_CHARS, (i + 1) * PART_CHARS));
    }
    await this.#kv.put(key, JSON.stringify({ revision: config.revision, parts } satisfies Pointer));
    for (let i = 0; before && i < before.parts; i++) await this.#kv.purge(this.#partKey(config, before.revision, i));
    return true;
  }

  /** Withdraws an adapter's configuration: a process that runs it drains and waits. */
  async remove(adapter: AdapterName): Promise<void> {
    const key = `${prefix(adapter)}.current`;
    const before = await this.#pointer(key);
    await this.#kv.purge(key);
    for (let i = 0; before && i < before.parts; i++) await this.#kv.purge(this.#partKey(adapter, before.revision, i));
  }

  async list(): Promise<AdapterName[]> {
    const found: AdapterName[] = [];
    for await (const key of await this.#kv.keys("*.*.current")) {
      const [namespace, name] = key.split(".") as [string, string];
      found.push({ namespace, name });
    }
    return found;
  }

  /** The present configuration, then every change of it; undefined while there is none. Ends when `signal` aborts. */
  async watch(
    adapter: AdapterName,
    signal: AbortSignal,
    onChange: (config: AdapterConfig | undefined) => Promise<void>,
  ): Promise<void> {
    const watcher = await this.#kv.watch({ key: `${prefix(adapter)}.current` });
    signal.addEventListener("abort", () => watcher.stop(), { once: true });
    for await (const entry of watcher) {
      if (signal.aborted) return;
      if (entry.operation !== "PUT") await onChange(undefined);
      else {
        const config = await this.#read(adapter, entry.json<Pointer>());
        // Missing parts mean that a newer pointer is on its way.
        if (config) await onChange(config);
      }
    }
  }

  async #read(adapter: AdapterName, pointer: Pointer): Promise<AdapterConfig | undefined> {
    const parts: string[] = [];
    for (let i = 0; i < pointer.parts; i++) {
      const entry = await this.#kv.get(this.#partKey(adapter, pointer.revision, i));
      if (entry?.operation !== "PUT") return undefined;
      parts.push(entry.string());
    }
    return JSON.parse(parts.join("")) as AdapterConfig;
  }

  async #pointer(key: string): Promise<Pointer | undefined> {
    const entry = await this.#kv.get(key);
    return entry?.operation === "PUT" ? entry.json<Pointer>() : undefined;
  }

  #partKey(adapter: AdapterName, revision: string, part: number): string {
    return `${prefix(adapter)}.part.${revision}.${part}`;
  }
}
