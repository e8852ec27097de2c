import type { Source } from "../adapters/adapter.ts";
import { readServerTls } from "../adapters/tls.ts";
import { errorCode, safeReason } from "../base/errors.ts";
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
  #config: AdapterConfig;
  #source: Source;
  #opened = false;
  #address = "";

  private constructor(deps: Deps, config: AdapterConfig, listen: ListenOptions, source: Source) {
    this.#deps = deps;
    this.#listen = listen;
    this.#source = source;
    this.#config = config;
    this.#records = RecordWriter.shared(deps, "ingest");
    const transform = new Transform(config, deps.keys.resourceId);
    this.#ingest = new Ingest(deps, config, transform, this.#records);
    this.#normaliser = new Normaliser(deps, transform);
  }

  /** Undefined for an adapter without source. Rejects when the configuration does not compile or the port is taken. */
  static async start(deps: Deps, config: AdapterConfig, listen: ListenOptions): Promise<SourceSide | undefined> {
    const source = await createSource(config.spec, sourceDeps(deps, config, listen));
    if (!source) return undefined;
    const side = new SourceSide(deps, config, listen, source);
    // First what can fail: nobody would stop a normaliser of a side that was never handed out.
    if (config.draining !== true) await side.#open(source);
    side.#normaliser.start();
    return side;
  }

  /** Where it listens. */
  get address(): string {
    return this.#address;
  }

  /** False where neither a new transport nor the one before could be opened. */
  get isOpen(): boolean {
    return this.#opened;
  }

  get silentForMs(): number {
    return this.#normaliser.silentForMs;
  }

  /**
   * Takes over a new configuration between two messages; a changed transport is closed and opened again. Rejects when
   * that one can't be opened: the old one goes on then. While it drains it is closed, and what is stored is normalised.
   */
  async configure(config: AdapterConfig): Promise<void> {
    const transform = new Transform(config, this.#deps.keys.resourceId);
    if (config.draining === true) await this.#close();
    else if (!this.#opened || transportOf(config) !== transportOf(this.#config)) {
      const next = await this.#create(config);
      if (!next) throw new Error("a configuration without source");
      // What can be known before is found before connections are cut.
      const tls = transport(config)?.tls;
      if (tls) await readServerTls(tls, this.#deps.secrets);
      await this.#replace(next, this.#portOf(config));
    }
    this.#config = config;
    this.#ingest.configure(config, transform);
    this.#normaliser.configure(transform);
  }

  async stop(): Promise<void> {
    this.#deps.health.forget(this.#component);
    await this.#close();
    await this.#normaliser.stop();
    await this.#records.close();
  }

  async #replace(next: Source, port: number | undefined): Promise<void> {
    const old = this.#source;
    // On one port there is room for one only.
    if (this.#opened && port !== this.#portOf(this.#config)) {
      await this.#open(next);
      return old.stop();
    }
    await this.#close();
    try {
      await this.#open(next);
    } catch (error) {
      await this.#reopen();
      throw error;
    }
  }

  /** As it was before, anew: a source that was stopped does not start again. */
  async #reopen(): Promise<void> {
    const { health, log, adapter } = this.#deps;
    try {
      const source = await this.#create(this.#config);
      if (source) await this.#open(source);
    } catch (error) {
      health.hold(this.#component, safeReason(error));
      log.error("source is closed", { adapter: adapterRef(adapter), code: errorCode(error), error });
    }
  }

  async #close(): Promise<void> {
    if (!this.#opened) return;
    this.#opened = false;
    await this.#source.stop();
  }

  async #open(source: Source): Promise<void> {
    this.#address = await source.start(this.#ingest.receive);
    this.#source = source;
    this.#opened = true;
    this.#deps.health.forget(this.#component);
    this.#deps.log.info("source is listening", { adapter: adapterRef(this.#deps.adapter), address: this.#address });
  }

  #create(config: AdapterConfig): Promise<Source | undefined> {
    return createSource(config.spec, sourceDeps(this.#deps, config, this.#listen));
  }

  #portOf(config: AdapterConfig): number | undefined {
    return this.#listen.portOverride ?? transport(config)?.port;
  }

  get #component(): string {
    return `source of adapter ${adapterRef(this.#deps.adapter)}`;
  }
}

function sourceDeps(deps: Deps, config: AdapterConfig, listen: ListenOptions) {
  const { charset } = config.spec;
  const { calendar } = config;
  return {
    secrets: deps.secrets,
    clock: deps.clock,
    log: deps.log,
    ...listen,
    ...(charset !== undefined && { charset }),
    ...(calendar && { calendar }),
  };
}

/** Of a source that listens; undefined for one that does not. */
const transport = ({ spec }: AdapterConfig) => spec.mllp?.source ?? spec.http?.source;

/** What the transport depends on: a change of anything else does not disturb connections. */
const transportOf = (config: AdapterConfig): string => {
  const { mllp, http, file, lifecycle, charset } = config.spec;
  const source = mllp?.source ?? http?.source ?? file?.source ?? lifecycle?.source;
  return canonicalJson({ source, charset, calendar: config.calendar });
};
