import type { Clock } from "../base/clock.ts";
import { errorCode } from "../base/errors.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import { type Topology, bucketBytes } from "../compile/topology.ts";
import type { Log } from "../telemetry/log.ts";
import { ConfigStore } from "./config.ts";
import { discard } from "./discard.ts";
import { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { removeOrphans } from "./orphans.ts";
import { enforceRetention } from "./retention.ts";
import { type Standing, StandingStore } from "./standing.ts";
import { storeLimit } from "./store.ts";
import { type Changes, type TopologyOptions, ensureTopology } from "./topology.ts";
import { type Cut, cutOf, waitingFor } from "./waiting.ts";

export interface ProgramOptions {
  hub: Hub;
  /** Size of the server's file store where it is known. */
  storeBytes?: number;
  replicas: number;
  clock: Clock;
  log: Log;
  /** Told of streams and consumers (`<stream>/<name>`) that somebody had deleted or changed, and that are as planned again. */
  mended?(names: readonly string[]): void;
}

/** What the hub is to hold: streams, consumers, and each adapter's configuration. */
export interface Program extends Topology {
  configs: AdapterConfig[];
}

const RETENTION_MS = 2000;
/** A configuration reaches a running adapter within this; filters are widened only after. */
const CONFIG_SETTLES_MS = 500;

/** Writes a program to the hub, and keeps the streams within their bounds. One piece of work at a time. */
export class HubProgram {
  readonly configs: ConfigStore;
  readonly #standing: StandingStore;
  readonly #options: ProgramOptions;
  readonly #floors: FloorStore;
  readonly #stopping = new AbortController();
  #present: Program | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #busy: Promise<unknown> = Promise.resolve();

  private constructor(options: ProgramOptions, floors: FloorStore, configs: ConfigStore, standing: StandingStore) {
    this.#options = options;
    this.#floors = floors;
    this.configs = configs;
    this.#standing = standing;
  }

  /** Makes the buckets where they are missing. Rejects with `HubUnavailable` and what else the hub says. */
  static async open(options: ProgramOptions): Promise<HubProgram> {
    const { hub, replicas } = options;
    const bytes = bucketBytes(await storeLimit(hub, options.storeBytes));
    const floors = await FloorStore.open(hub, { maxBytes: bytes.state, replicas });
    const size = { maxBytes: bytes.config, replicas };
    const configs = await ConfigStore.make(hub, size);
    return new HubProgram(options, floors, configs, await StandingStore.open(hub, size));
  }

  /** What the process before this one has remembered. */
  recall(): Promise<string[]> {
    return this.#standing.read();
  }

  /**
   * Configurations of what is gone are withdrawn first, which makes room in a bucket that is full; then `standing` is
   * remembered, for what is programmed must be known again after a crash. Then streams and consumers that are missing,
   * then configurations, then changes of what exists, so that no message meets an adapter that doesn't know its route.
   * Streams of what is gone go once they are empty. Resolves to what the hub did not let be changed.
   */
  write(program: Program, standing: readonly Standing[]): Promise<Changes["conflicts"]> {
    return this.#alone(async () => {
      const { hub, clock, log } = this.#options;
      await this.#withdraw(program);
      await this.#standing.write(standing);
      const made = await ensureTopology(hub, program, { ...this.#topologyOptions(), onlyMissing: true });
      const changed = await this.#putConfigs(program);
      if (changed && this.#present) await clock.sleep(CONFIG_SETTLES_MS);
      const { conflicts, created, updated } = await ensureTopology(hub, program, this.#topologyOptions());
      // A stream's bound follows the store, and is no change of anybody's.
      this.#tellMended(program, [...made.created, ...created, ...updated.filter((name) => name.includes("/"))]);
      this.#present = program;
      const gone = await removeOrphans({ hub, clock, floors: this.#floors }, program);
      for (const stream of gone) log.info("empty stream of nobody removed", { stream });
      return conflicts;
    });
  }

  /** Throws away what waits for an adapter or because of it, unless the hub's program has it (again). */
  discard(adapter: AdapterName): Promise<void> {
    return this.#alone(async () => {
      if (!this.#configOf(adapter)) await discard(this.#options.hub, adapter, this.#floors);
    });
  }

  /** Where the hub streams end now that the adapter's target reads. */
  async cutOf(adapter: AdapterName): Promise<Cut> {
    const config = this.#configOf(adapter);
    return config ? cutOf(this.#options.hub, config) : new Map();
  }

  /** How many messages the adapter is not done with, up to `cut`. */
  waitingFor(adapter: AdapterName, cut: Cut): Promise<number> {
    return waitingFor(this.#options.hub, adapter, cut);
  }

  /** Keeps streams within their bounds until `stop`. */
  startRetention(): void {
    this.#keeping = this.#keepRetention();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
  }

  async #putConfigs({ configs }: Program): Promise<boolean> {
    let changed = false;
    for (const config of configs) changed = (await this.configs.put(config)) || changed;
    return changed;
  }

  async #withdraw({ configs }: Program): Promise<void> {
    const wanted = new Set(configs.map(adapterRef));
    for (const adapter of await this.configs.list()) {
      if (!wanted.has(adapterRef(adapter))) await this.configs.remove(adapter);
    }
  }

  #configOf(adapter: AdapterName): AdapterConfig | undefined {
    return this.#present?.configs.find((config) => adapterRef(config) === adapterRef(adapter));
  }

  #topologyOptions(): TopologyOptions {
    const { storeBytes, replicas } = this.#options;
    return { floors: this.#floors, replicas, ...(storeBytes !== undefined && { storeBytes }) };
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#busy.then(work);
    this.#busy = done.catch(() => {});
    return done;
  }

  async #keepRetention(): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#stopping.signal.aborted) {
      await clock.sleep(RETENTION_MS, this.#stopping.signal);
      if (this.#stopping.signal.aborted) return;
      await this.#alone(() => this.#keepHouse()).catch((error: unknown) =>
        log.warn("retention is waiting", { code: errorCode(error), error }),
      );
    }
  }

  /** What somebody deleted is made again, too: its consumers go on after their floors. */
  async #keepHouse(): Promise<void> {
    const { hub, clock, log } = this.#options;
    const program = this.#present;
    if (!program) return;
    const { purged, missing, failed } = await enforceRetention(hub, program, this.#floors, clock);
    for (const { stream, messages } of purged) log.debug("stream purged", { stream, count: messages });
    for (const { stream, error } of failed) log.warn("retention is waiting", { stream, code: error.code, error });
    if (missing.length === 0) return;
    const { created } = await ensureTopology(hub, program, { ...this.#topologyOptions(), onlyMissing: true });
    for (const name of created) log.warn("deleted by somebody and made again", { stream: name });
    this.#tellMended(program, created);
  }

  /** What was written for a program that the hub held already was somebody's doing. */
  #tellMended(program: Topology, names: readonly string[]): void {
    const before = this.#present;
    if (names.length === 0 || !before) return;
    if (textOf(program) === textOf(before)) this.#options.mended?.(names);
  }
}

/** The same for the same topology, which is compiled in one order. */
const textOf = ({ streams, consumers }: Topology): string => JSON.stringify([streams, consumers]);
