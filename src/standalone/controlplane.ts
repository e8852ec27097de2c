import { errorCode } from "../base/errors.ts";
import type { Clock } from "../base/clock.ts";
import { type Compiled, compile } from "../compile/compile.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import type { Problem } from "../compile/resources.ts";
import { bucketBytes } from "../compile/topology.ts";
import { ConfigStore } from "../jetstream/config.ts";
import { FloorStore } from "../jetstream/floors.ts";
import type { Hub } from "../jetstream/hub.ts";
import { enforceRetention } from "../jetstream/retention.ts";
import { storeLimit } from "../jetstream/store.ts";
import { type TopologyOptions, ensureTopology } from "../jetstream/topology.ts";
import type { Log } from "../telemetry/log.ts";
import { type Manifests, type ManifestProblem, loadManifests } from "./manifests.ts";
import { missingSecrets } from "./missingsecrets.ts";
import { writeSecrets } from "./secrets.ts";

export interface ControlPlaneOptions {
  hub: Hub;
  manifests: string;
  secretsDir: string;
  storeBytes?: number;
  replicas: number;
  clock: Clock;
  log: Log;
}

/** What applying a directory came to. */
export interface Applied {
  /** Whether the directory's state is now in effect; false leaves everything as it was. */
  accepted: boolean;
  /** What was wrong (refused), or what does not resolve yet (accepted). */
  problems: ManifestProblem[];
  adapters: AdapterName[];
}

const RETENTION_MS = 2000;
/** A configuration reaches a running adapter within this; filters are widened only after. */
const CONFIG_SETTLES_MS = 500;

/** The operator's work without Kubernetes: a directory of manifests becomes topology and configurations in the hub. */
export class ControlPlane {
  readonly #options: ControlPlaneOptions;
  readonly #floors: FloorStore;
  readonly configs: ConfigStore;
  readonly #stopping = new AbortController();
  #compiled: Compiled | undefined;
  #keeping: Promise<void> = Promise.resolve();
  #busy: Promise<void> = Promise.resolve();

  private constructor(options: ControlPlaneOptions, floors: FloorStore, configs: ConfigStore) {
    this.#options = options;
    this.#floors = floors;
    this.configs = configs;
  }

  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const { hub, replicas } = options;
    const bytes = bucketBytes(await storeLimit(hub, options.storeBytes));
    const floors = await FloorStore.open(hub, { maxBytes: bytes.state, replicas });
    return new ControlPlane(options, floors, await ConfigStore.make(hub, { maxBytes: bytes.config, replicas }));
  }

  /**
   * Reads the directory and puts it into effect, all of it or nothing: streams and consumers that are missing first,
   * then configurations, then changes of what exists, so that no message meets an adapter that doesn't know its route.
   */
  async apply(): Promise<Applied> {
    const manifests = await loadManifests(this.#options.manifests);
    const compiled = compile(manifests.resources);
    const invalid = [
      ...manifests.problems,
      ...located(
        compiled.problems.filter((p) => p.invalid),
        manifests,
      ),
    ];
    if (invalid.length > 0) return { accepted: false, problems: invalid, adapters: [] };
    await writeSecrets(this.#options.secretsDir, manifests.secrets);
    await this.#alone(async () => {
      await this.#program(compiled);
      this.#compiled = compiled;
    });
    const secrets = missingSecrets(manifests.resources.adapters, manifests.secrets);
    const problems = located([...compiled.problems, ...secrets], manifests);
    return { accepted: true, problems, adapters: compiled.configs.map(({ namespace, name }) => ({ namespace, name })) };
  }

  /** Keeps streams within their bounds until `stop`. */
  startRetention(): void {
    this.#keeping = this.#keepRetention();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#keeping;
  }

  async #program(compiled: Compiled): Promise<void> {
    const { hub } = this.#options;
    const options = this.#topologyOptions();
    await ensureTopology(hub, compiled, { ...options, onlyMissing: true });
    const changed = await this.#putConfigs(compiled);
    if (changed && this.#compiled) await this.#options.clock.sleep(CONFIG_SETTLES_MS);
    const { conflicts } = await ensureTopology(hub, compiled, options);
    for (const { name, reason } of conflicts) this.#options.log.error("topology conflict", { stream: name, reason });
  }

  async #putConfigs(compiled: Compiled): Promise<boolean> {
    let changed = false;
    for (const config of compiled.configs) changed = (await this.configs.put(config)) || changed;
    const wanted = new Set(compiled.configs.map(adapterRef));
    for (const adapter of await this.configs.list()) {
      if (!wanted.has(adapterRef(adapter))) await this.configs.remove(adapter);
    }
    return changed;
  }

  #topologyOptions(): TopologyOptions {
    const { storeBytes, replicas } = this.#options;
    return { floors: this.#floors, replicas, ...(storeBytes !== undefined && { storeBytes }) };
  }

  /** Streams and consumers are changed by one piece of work at a time. */
  #alone(work: () => Promise<void>): Promise<void> {
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
    const compiled = this.#compiled;
    if (!compiled) return;
    const { purged, missing, failed } = await enforceRetention(hub, compiled, this.#floors, clock);
    for (const { stream, messages } of purged) log.debug("stream purged", { stream, count: messages });
    for (const { stream, error } of failed) log.warn("retention is waiting", { stream, code: error.code, error });
    if (missing.length === 0) return;
    const { created } = await ensureTopology(hub, compiled, { ...this.#topologyOptions(), onlyMissing: true });
    for (const name of created) log.warn("deleted by somebody and made again", { stream: name });
  }
}

/** Problems of resources, with the place in a file where each resource says it. */
function located(problems: Problem[], manifests: Manifests): ManifestProblem[] {
  return problems.map((problem) => {
    const place = manifests.locate(problem, problem.path) ?? { file: "", line: 0 };
    return { ...place, path: problem.path, reason: problem.reason };
  });
}
