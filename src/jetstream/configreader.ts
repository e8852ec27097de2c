import type { AdapterConfig } from "../compile/config.ts";
import { FasciaError } from "../base/errors.ts";
import { type AdapterName, CONFIG_BUCKET, STORED_PREFIX, currentKey, partKey } from "../compile/names.ts";
import { bucketSubject, streamOf } from "./bucket.ts";
import { type ConfigFollower, ConfigWatch, type Present } from "./configwatch.ts";
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
  watch(signal: AbortSignal, follower: ConfigFollower): Promise<void> {
    const told = `${STORED_PREFIX}.${bucketSubject(CONFIG_BUCKET, currentKey(this.#adapter))}`;
    return new ConfigWatch(this.#hub, told, () => this.read(), follower, signal).run();
  }

  /** What there is now. `HubUnavailable` while no control plane has made the bucket. */
  async read(): Promise<Present> {
    const current = await this.#get(currentKey(this.#adapter));
    if (!current) return "None";
    const { revision, parts } = this.#parse<Pointer>(textOf(current));
    const texts: string[] = [];
    for (let i = 0; i < parts; i++) {
      const part = await this.#get(partKey(this.#adapter, revision, i));
      // Replaced meanwhile, or on its way to the replica that was asked.
      if (!part) return "Incomplete";
      texts.push(textOf(part));
    }
    return this.#parse<AdapterConfig>(texts.join(""));
  }

  #parse<T>(text: string): T {
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      const key = currentKey(this.#adapter);
      throw new FasciaError(
        "ConfigDamaged",
        `${CONFIG_BUCKET}/${key}: not what Fascia wrote; an edit of the Adapter has it written anew`,
        { cause },
      );
    }
  }

  async #get(key: string): Promise<Stored | undefined> {
    const entry = await lastMessage(this.#hub, streamOf(CONFIG_BUCKET), bucketSubject(CONFIG_BUCKET, key));
    // What was deleted leaves a marker in its place (ADR-8 of NATS).
    return entry?.header("KV-Operation") === "" ? entry : undefined;
  }
}

const textOf = (message: Stored): string => Buffer.from(message.data).toString("utf8");
