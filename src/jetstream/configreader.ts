import type { AdapterConfig } from "../compile/config.ts";
import { type AdapterName, CONFIG_BUCKET, STORED_PREFIX, currentKey, partKey } from "../compile/names.ts";
import { bucketSubject, streamOf } from "./bucket.ts";
import { ConfigWatch, type Present, type TakeConfig } from "./configwatch.ts";
import { type Stored, lastMessage } from "./direct.ts";
import type { Hub } from "./hub.ts";

/** What stands under an adapter's own key: where its configuration is, in how many parts. */
export interface Pointer {
  revision: string;
  parts: number;
}

/**
 * One adapter's configuration, for the adapter itself. Each read names its key in the request's own subject, and changes
 * are told on a subject, without a consumer: an adapter can be permitted its own configuration and no other one.
 */
export class ConfigReader {
  readonly #hub: Hub;
  readonly #adapter: AdapterName;

  constructor(hub: Hub, adapter: AdapterName) {
    this.#hub = hub;
    this.#adapter = adapter;
  }

  /** The present configuration, then every change of it; undefined where it was withdrawn. Ends when `signal` aborts. */
  watch(signal: AbortSignal, take: TakeConfig): Promise<void> {
    const told = `${STORED_PREFIX}.${bucketSubject(CONFIG_BUCKET, currentKey(this.#adapter))}`;
    return new ConfigWatch(this.#hub, told, () => this.read(), take, signal).run();
  }

  /** What there is now. `HubUnavailable` while no control plane has made the bucket. */
  async read(): Promise<Present> {
    const current = await this.#get(currentKey(this.#adapter));
    if (!current) return "None";
    const { revision, parts } = JSON.parse(textOf(current)) as Pointer;
    const texts: string[] = [];
    for (let i = 0; i < parts; i++) {
      const part = await this.#get(partKey(this.#adapter, revision, i));
      // Replaced meanwhile, or on its way to the replica that was asked.
      if (!part) return "Incomplete";
      texts.push(textOf(part));
    }
    return JSON.parse(texts.join("")) as AdapterConfig;
  }

  async #get(key: string): Promise<Stored | undefined> {
    const entry = await lastMessage(this.#hub, streamOf(CONFIG_BUCKET), bucketSubject(CONFIG_BUCKET, key));
    // What was deleted leaves a marker in its place (ADR-8 of NATS).
    return entry?.header("KV-Operation") === "" ? entry : undefined;
  }
}

const textOf = (message: Stored): string => Buffer.from(message.data).toString("utf8");
