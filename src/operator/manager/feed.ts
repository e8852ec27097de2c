import type { Health } from "../../telemetry/health.ts";
import type { KubeObject } from "../kube/resource.ts";
import { ListWatch, type ListWatchDeps, type ListWatchOptions, type Sink } from "./listwatch.ts";

export interface FeedDeps extends ListWatchDeps {
  health: Health;
}

/** Silence, a list and some failures of it fit in. */
const FRESH_MS = 180_000;

/** One list-watch of a cache, of one namespace or of all, and whether it is fresh. */
export class Feed<T extends KubeObject> {
  /** Resolves when everything was listed for the first time. */
  readonly synced: Promise<void>;
  readonly #name: string;
  readonly #deps: FeedDeps;
  readonly #listWatch: ListWatch<T>;
  readonly #synced = Promise.withResolvers<void>();
  #running: Promise<void> | undefined;
  #heardAt: number | undefined;

  /** `name` is that of a component of the process's health. */
  constructor(name: string, options: ListWatchOptions<T>, deps: FeedDeps, sink: Omit<Sink<T>, "heard">) {
    this.#name = name;
    this.#deps = deps;
    this.synced = this.#synced.promise;
    const log = deps.log.child({ kind: options.type.kind });
    this.#listWatch = new ListWatch<T>(options, { ...deps, log }, { ...sink, heard: () => this.#heard() });
  }

  start(stopping: AbortSignal): void {
    this.#deps.health.expect(this.#name, FRESH_MS);
    this.#running = this.#listWatch.run(stopping);
  }

  /** Resolves when what `start` began has ended, after its signal aborted. */
  async ended(): Promise<void> {
    await this.#running;
    this.#deps.health.forget(this.#name);
  }

  /** Milliseconds since the last list, event or bookmark; undefined before the first one. */
  silentMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#deps.clock.monotonic() - this.#heardAt;
  }

  #heard(): void {
    this.#heardAt = this.#deps.clock.monotonic();
    this.#deps.health.beat(this.#name);
    this.#synced.resolve();
  }
}
