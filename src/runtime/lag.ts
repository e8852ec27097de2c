import { hasSource } from "../api/adapter.ts";
import { errorCode } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { NORMALISER, adapterRef, consumerRef, deliveryConsumer, hubStream, rawStream } from "../compile/names.ts";
import { consumerLag } from "../jetstream/streams.ts";
import type { Deps } from "./deps.ts";

/** Measures how many messages wait in an adapter's consumers, whichever of its processes holds them. */
export class LagMeter {
  readonly #deps: Deps;
  /** Consumers that are measured. */
  #measured = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Never rejects: what could not be asked stays as it was. */
  async measure(config: AdapterConfig | undefined): Promise<void> {
    const { hub, log, metrics, adapter: name } = this.#deps;
    const adapter = adapterRef(name);
    const consumers = config ? consumersOf(config) : [];
    const present = new Set(consumers.map(({ consumer }) => consumer));
    for (const consumer of this.#measured) if (!present.has(consumer)) metrics.lag.remove({ adapter, consumer });
    this.#measured = present;
    for (const { stream, name: durable, consumer } of consumers) {
      try {
        const lag = await consumerLag(hub, stream, durable);
        // It may have been forgotten meanwhile.
        if (this.#measured.has(consumer)) metrics.lag.set({ adapter, consumer }, lag);
      } catch (error) {
        log.debug("lag is not known", { adapter, consumer, code: errorCode(error) });
      }
    }
  }
}

/** `consumer` as metrics call it: the names of stream and consumer. */
function consumersOf(config: AdapterConfig): { stream: string; name: string; consumer: string }[] {
  const delivering = config.domains.map((domain) => ({ stream: hubStream(domain), name: deliveryConsumer(config, 0) }));
  const normalising = hasSource(config.spec) ? [{ stream: rawStream(config), name: NORMALISER }] : [];
  return [...normalising, ...delivering].map((each) => ({ ...each, consumer: consumerRef(each.stream, each.name) }));
}
