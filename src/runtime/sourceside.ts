import type { Source } from "../adapters/adapter.ts";
import { canonicalJson } from "../base/hash.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { adapterRef } from "../compile/names.ts";
import type { Deps } from "./deps.ts";
import { Ingest } from "./ingest.ts";
import { Normaliser } from "./normalise/normaliser.ts";
import { Transform } from "./normalise/transform.ts";
import { RecordWriter } from "./records.ts";
import { createSource } from "./transport.ts";

export interface ListenOptions {
  portOverride?: number;
  host?: string;
}

/** The half of an adapter that takes messages in: transport, ingest, normaliser. */
export class SourceSide {
  readonly #deps: Deps;
  readonly #listen: ListenOptions;
  readonly #records: RecordWriter;
  readonly #ingest: Ingest;
  readonly #normaliser: Normaliser;
  #source: Source;
  #transport: string;
  #port: number | undefined;
  #address = "";

  private constructor(deps: Deps, config: AdapterConfig, listen: ListenOptions, source: Source) {
    this.#deps = deps;
    this.#listen = listen;
    this.#source = source;
    this.#transport = transportOf(config);
    this.#port = listen.portOverride ?? portOf(config);
    this.#records = RecordWriter.shared(deps, "ingest");
    this.#ingest = new Ingest(deps, config, this.#records);
    this.#normaliser = new Normaliser(deps, new Transform(config, deps.keys.resourceId));
  }

  /** Undefined for an adapter without source. Rejects when the configuration does not compile or the port is taken. */
  static async start(deps: Deps, config: AdapterConfig, listen: ListenOptions): Promise<SourceSide | undefined> {
    const source = await createSource(config.spec, sourceDeps(deps, config, listen));
    if (!source) return undefined;
    const side = new SourceSide(deps, config, listen, source);
    // First what can fail: nobody would stop a normaliser of a side that was never handed out.
    await side.#open();
    side.#normaliser.start();
    return side;
  }

  /** Where it listens. */
  get address(): string {
    return this.#address;
  }

  get silentForMs(): number {
    return this.#normaliser.silentForMs;
  }

  /**
   * Takes over a new configuration between two messages; a changed transport is closed and opened again. Rejects when
   * that one can't be opened: at another port the old one goes on then.
   */
  async configure(config: AdapterConfig): Promise<void> {
    const transform = new Transform(config, this.#deps.keys.resourceId);
    const transport = transportOf(config);
    if (transport !== this.#transport) {
      const next = await createSource(config.spec, sourceDeps(this.#deps, config, this.#listen));
      if (!next) return;
      await this.#replace(next, this.#listen.portOverride ?? portOf(config));
      this.#transport = transport;
    }
    this.#ingest.configure(config);
    this.#normaliser.configure(transform);
  }

  async stop(): Promise<void> {
    await this.#source.stop();
    await this.#normaliser.stop();
    await this.#records.close();
  }

  async #replace(next: Source, port: number | undefined): Promise<void> {
    const old = this.#source;
    // On one port there is room for one only.
    const apart = port !== undefined && port !== this.#port;
    if (!apart) await old.stop();
    this.#source = next;
    try {
      await this.#open();
    } catch (error) {
      if (apart) this.#source = old;
      throw error;
    }
    this.#port = port;
    if (apart) await old.stop();
  }

  async #open(): Promise<void> {
    this.#address = await this.#source.start(this.#ingest.receive);
    this.#deps.log.info("source is listening", { adapter: adapterRef(this.#deps.adapter), address: this.#address });
  }
}

function sourceDeps(deps: Deps, config: AdapterConfig, listen: ListenOptions) {
  const { charset } = config.spec;
  return {
    secrets: deps.secrets,
    clock: deps.clock,
    log: deps.log,
    ...listen,
    ...(charset !== undefined && { charset }),
  };
}

/** Where it listens; undefined for a source that does not. */
const portOf = ({ spec }: AdapterConfig): number | undefined => (spec.mllp?.source ?? spec.http?.source)?.port;

/** What the transport depends on: a change of anything else does not disturb connections. */
const transportOf = (config: AdapterConfig): string => {
  const { mllp, http, file, charset } = config.spec;
  return canonicalJson({ source: mllp?.source ?? http?.source ?? file?.source, charset });
};
