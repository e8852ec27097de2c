import type { ConsumerInfo, StreamInfo } from "@nats-io/jetstream";
import { consumerRef } from "../compile/names.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Consumers as they are at one time, each stream asked at most once: one by one they are as many requests. */
export class Consumers {
  readonly #hub: Hub;
  readonly #streams: ReadonlyMap<string, StreamInfo>;
  readonly #listed = new Map<string, Promise<Map<string, ConsumerInfo>>>();

  /** `streams` as they were when these begin to be of use; one that has no consumers by then is not asked. */
  constructor(hub: Hub, streams: ReadonlyMap<string, StreamInfo>) {
    this.#hub = hub;
    this.#streams = streams;
  }

  /** All of a stream. */
  async of(stream: string): Promise<ConsumerInfo[]> {
    return [...(await this.#all(stream)).values()];
  }

  /** One of them; undefined only where the server says so of this very one: a list may lack what has no leader now. */
  async get(stream: string, name: string): Promise<ConsumerInfo | undefined> {
    return (await this.#all(stream)).get(name) ?? this.#info(stream, name);
  }

  #all(stream: string): Promise<Map<string, ConsumerInfo>> {
    const known = this.#listed.get(stream) ?? this.#list(stream);
    this.#listed.set(stream, known);
    return known;
  }

  async #list(stream: string): Promise<Map<string, ConsumerInfo>> {
    const found = new Map<string, ConsumerInfo>();
    if (this.#streams.get(stream)?.state.consumer_count === 0) return found;
    try {
      for await (const info of this.#hub.jsm.consumers.list(stream)) found.set(info.name, info);
      return found;
    } catch (cause) {
      throw hubError(cause, stream);
    }
  }

  async #info(stream: string, name: string): Promise<ConsumerInfo | undefined> {
    try {
      return await this.#hub.jsm.consumers.info(stream, name);
    } catch (cause) {
      const error = hubError(cause, consumerRef(stream, name));
      if (error.code === "ConsumerMissing") return undefined;
      throw error;
    }
  }
}
