import { hasSource, hasTarget } from "../api/adapter.ts";
import { errorCode, safeReason } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { adapterRef } from "../compile/names.ts";
import { ConfigReader } from "../jetstream/configreader.ts";
import type { Deps } from "./deps.ts";
import { type ListenOptions, SourceSide } from "./sourceside.ts";
import { LagMeter } from "./lag.ts";
import { EndingWatch } from "./lifecycle/endingwatch.ts";
import { SelfReport } from "./selfreport.ts";
import { holdsBack, secretTroubles } from "./secretwatch.ts";
import { TargetSide } from "./targetside.ts";

const HEALTH_MS = 1000;
const LAG_MS = 15_000;
const MAX_REASON = 300;
/** Pulling counts as standing still after this long without a sign of the hub. */
const SILENT_MS = 15_000;

/** What keeps a source from being opened and may be gone in a moment, without any change of the configuration. */
const MAY_PASS = new Set(["ListenFailed", "SecretMissing", "SecretUnreadable", "TlsInvalid", "DirectoryUnusable"]);

/**
 * One adapter, run from its configuration in the hub for as long as the process lives. A configuration that can't be
 * run is refused and reported, and the one before goes on; where that may pass, it is tried again.
 */
export class AdapterRuntime {
  readonly #deps: Deps;
  readonly #listen: ListenOptions;
  readonly #stopping = new AbortController();
  #source: SourceSide | undefined;
  #target: TargetSide | undefined;
  #watching: Promise<void> = Promise.resolve();
  #health: NodeJS.Timeout | undefined;
  #measuring: NodeJS.Timeout | undefined;
  #config: AdapterConfig | undefined;
  /** The latest configuration, whether it can be run or not. */
  #wanted: AdapterConfig | undefined;
  readonly #report: SelfReport;
  readonly #lag: LagMeter;
  readonly #endings: EndingWatch;
  /** What was said last of a configuration that was refused. */
  #refusal = "";
  /** The configuration that can't be run, and why. */
  #refusedNow: { revision: string; reason: string } | undefined;

  private constructor(deps: Deps, listen: ListenOptions) {
    this.#deps = deps;
    this.#listen = listen;
    this.#report = new SelfReport(deps);
    this.#lag = new LagMeter(deps);
    this.#endings = new EndingWatch(deps);
  }

  /** Resolves when the first configuration runs. Rejects when that one can't be run. */
  static async start(deps: Deps, listen: ListenOptions = {}): Promise<AdapterRuntime> {
    const runtime = new AdapterRuntime(deps, listen);
    deps.health.expect(runtime.#component, SILENT_MS);
    await new Promise<void>((resolve, reject) => {
      const apply = async (config: AdapterConfig | undefined) => {
        try {
          await runtime.#apply(config);
          if (config) resolve();
          return true;
        } catch (error) {
          await runtime.#refused(config, error);
          reject(error);
          return runtime.#source?.isOpen !== false && !MAY_PASS.has(errorCode(error));
        }
      };
      const reader = new ConfigReader(deps.hub, deps.adapter);
      const take = { take: apply, failed: (error: unknown) => runtime.#unread(error) };
      runtime.#watching = reader.watch(runtime.#stopping.signal, take).catch(reject);
    }).catch(async (error: unknown) => {
      // Half of it may be running already, e.g. a source whose target could not be made.
      await runtime.stop();
      throw error;
    });
    void runtime.#beat();
    runtime.#health = setInterval(() => {
      void runtime.#beat();
      void runtime.#lookForSecrets();
    }, HEALTH_MS);
    void runtime.#lag.measure(runtime.#config);
    runtime.#measuring = setInterval(() => void runtime.#lag.measure(runtime.#config), LAG_MS);
    return runtime;
  }

  get revision(): string {
    return this.#config?.revision ?? "";
  }

  /** Where the source listens; undefined for an adapter without source. */
  get address(): string | undefined {
    return this.#source?.address;
  }

  /** Takes nothing new, ends what is under way, within a bound. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#health);
    clearInterval(this.#measuring);
    await this.#watching;
    await this.#stopSides();
    this.#deps.health.forget(this.#component);
    this.#deps.health.forget(this.#secrets);
    await this.#lag.measure(undefined);
  }

  get #component(): string {
    return `adapter ${adapterRef(this.#deps.adapter)}`;
  }

  get #secrets(): string {
    return `Secrets of ${this.#component}`;
  }

  async #apply(config: AdapterConfig | undefined): Promise<void> {
    this.#wanted = config;
    if (!config) return this.#stopSides();
    await this.#stopRemoved(config);
    // First what the target says: a configuration that it refuses must not reach the source.
    const target = await this.#target?.prepare(config);
    try {
      if (this.#source) await this.#source.configure(config);
      else this.#source = await SourceSide.start(this.#deps, config, this.#listen);
    } catch (error) {
      await target?.drop();
      throw error;
    }
    if (target) await target.take();
    else this.#target = await TargetSide.start(this.#deps, config);
    this.#config = config;
    this.#endings.configure(config);
    this.#refusal = "";
    this.#refusedNow = undefined;
    await this.#lookForSecrets();
    this.#deps.log.info("configuration is in effect", {
      adapter: adapterRef(this.#deps.adapter),
      revision: config.revision,
    });
  }

  /** An Adapter may lose its source or its target by an edit: that one is not configured but stopped. */
  async #stopRemoved({ spec }: AdapterConfig): Promise<void> {
    if (!hasSource(spec)) {
      await this.#source?.stop();
      this.#source = undefined;
    }
    if (!hasTarget(spec)) {
      await this.#target?.stop();
      this.#target = undefined;
    }
  }

  /** Said once, however often the same is tried. */
  async #refused(config: AdapterConfig | undefined, error: unknown): Promise<void> {
    const reason = safeReason(error);
    if (config) this.#refusedNow = { revision: config.revision, reason: reason.slice(0, MAX_REASON) };
    await this.#tell();
    const refusal = `${config?.revision} ${reason}`;
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    this.#deps.log.error("configuration refused", {
      adapter: adapterRef(this.#deps.adapter),
      revision: config?.revision,
      code: errorCode(error),
      error,
    });
  }

  /** Said once, however often it is tried: while the hub is away, or until somebody writes the configuration anew. */
  #unread(error: unknown): void {
    const refusal = safeReason(error);
    if (refusal === this.#refusal) return;
    this.#refusal = refusal;
    this.#deps.log.warn("configuration cannot be read: the one before goes on", {
      adapter: adapterRef(this.#deps.adapter),
      code: errorCode(error),
      error,
    });
  }

  async #stopSides(): Promise<void> {
    await this.#source?.stop();
    await this.#target?.stop();
    this.#source = undefined;
    this.#target = undefined;
    this.#config = undefined;
    this.#endings.configure(undefined);
  }

  /** Whether they are there, before and while anything needs them: a target may be idle for days. */
  async #lookForSecrets(): Promise<void> {
    const { health, secrets } = this.#deps;
    await this.#tell();
    const config = this.#config;
    const troubles = config ? await secretTroubles(config.spec, secrets) : [];
    if (this.#config !== config) return;
    const trouble = config && troubles.find((each) => holdsBack(config.spec, each));
    if (trouble === undefined) health.forget(this.#secrets);
    else health.hold(this.#secrets, `${trouble.path}: ${trouble.text}`);
  }

  async #tell(): Promise<void> {
    const troubles = this.#wanted ? await secretTroubles(this.#wanted.spec, this.#deps.secrets) : [];
    const secrets = Object.fromEntries(troubles.map(({ path, present }) => [path, present]));
    await this.#report.tell({ secrets, ...this.#refusedNow });
  }

  /** Ready means: the hub answers our pulls and our pings. */
  async #beat(): Promise<void> {
    const silent = Math.max(this.#source?.silentForMs ?? 0, this.#target?.silentForMs ?? 0);
    if (silent > SILENT_MS || this.#deps.hub.nc.isClosed()) return;
    const answered = await this.#deps.hub.nc.rtt().then(
      () => true,
      () => false,
    );
    if (answered) this.#deps.health.beat(this.#component);
  }
}
