import type { Health } from "../../telemetry/health.ts";
import type { KubeObject, ResourceType } from "../kube/resource.ts";
import type { Selection } from "../kube/watch.ts";
import { ListWatch, type ListWatchDeps } from "./listwatch.ts";
import type { Runnable } from "./runnable.ts";
import { type Change, type Index, Store } from "./store.ts";

export interface CacheOptions<T> extends Selection {
  type: ResourceType;
  /** Drops what nobody reads, to save memory; names, uid and resourceVersion must stay. `managedFields` always go. */
  transform?: (object: T) => T;
  indexes?: Record<string, Index<T>>;
  /** Resources in one page of a list. Default 500. */
  pageSize?: number;
  /** How long a watch may say nothing before it counts as dead, milliseconds. Default 90 s: bookmarks come every minute. */
  silenceMs?: number;
}

export interface CacheDeps extends ListWatchDeps {
  health: Health;
}

export type Handler<T> = (change: Change<T>) => void;

const PAGE = 500;
const SILENCE_MS = 90_000;
/** Silence, a list and some failures of it fit in. */
const FRESH_MS = 180_000;

/**
 * All resources of a type, or a selection of them, as the API server has them, a moment behind. What it gives out is
 * shared by everybody: to be read, never changed.
 */
export class Cache<T extends KubeObject> implements Runnable {
  readonly name: string;
  readonly type: ResourceType;
  /** Resolves when everything is there for the first time. */
  readonly synced: Promise<void>;
  readonly #store: Store<T>;
  readonly #deps: CacheDeps;
  readonly #listWatch: ListWatch<T>;
  readonly #handlers = new Set<Handler<T>>();
  readonly #synced = Promise.withResolvers<void>();
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #heardAt: number | undefined;

  constructor(options: CacheOptions<T>, deps: CacheDeps) {
    const { type, namespace, labelSelector, transform = (object) => object, indexes } = options;
    const { pageSize = PAGE, silenceMs = SILENCE_MS } = options;
    this.name = nameOf(options);
    this.type = type;
    this.synced = this.#synced.promise;
    this.#store = new Store(indexes);
    this.#deps = deps;
    const lean = (object: T) => transform(withoutManagedFields(object));
    const listWatch = { type, namespace, labelSelector, pageSize, silenceMs, transform: lean };
    this.#listWatch = new ListWatch<T>(listWatch, { ...deps, log: deps.log.child({ kind: type.kind }) }, this.#sink());
  }

  /** Resolves when everything is there, or `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    this.#deps.health.expect(this.name, FRESH_MS);
    this.#running = this.#listWatch.run(this.#stopping.signal);
    const gone = Promise.withResolvers<void>();
    const abort = (): void => gone.resolve();
    signal.addEventListener("abort", abort, { once: true });
    if (!signal.aborted) await Promise.race([this.synced, gone.promise]);
    signal.removeEventListener("abort", abort);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
    this.#deps.health.forget(this.name);
  }

  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(): T[] {
    return this.#store.list();
  }

  byIndex(name: string, value: string): T[] {
    return this.#store.byIndex(name, value);
  }

  /** Milliseconds since the last list, event or bookmark; undefined before the first one. */
  silentMs(): number | undefined {
    return this.#heardAt === undefined ? undefined : this.#deps.clock.monotonic() - this.#heardAt;
  }

  /** Tells `handler` of everything that is there as added, then of each change, once. Returns how to end that. */
  subscribe(handler: Handler<T>): () => void {
    for (const object of this.#store.list()) this.#tell(handler, { type: "added", object });
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  #sink() {
    return {
      replace: (objects: T[]) => this.#announce(this.#store.replace(objects)),
      put: (object: T) => this.#announce(this.#store.put(object)),
      remove: (object: T) => this.#announce(this.#store.remove(object)),
      heard: () => this.#heard(),
    };
  }

  #heard(): void {
    this.#heardAt = this.#deps.clock.monotonic();
    this.#deps.health.beat(this.name);
    this.#synced.resolve();
  }

  #announce(changes: Change<T>[]): void {
    for (const change of changes) for (const handler of this.#handlers) this.#tell(handler, change);
  }

  /** A handler that fails is a mistake of ours; it must not stop the others from hearing. */
  #tell(handler: Handler<T>, change: Change<T>): void {
    try {
      handler(change);
    } catch (error) {
      this.#deps.log.error("cache handler failed", { kind: this.type.kind, error });
    }
  }
}

/** Tells apart caches of one type with different selections. */
function nameOf({ type, namespace, labelSelector }: Selection & { type: ResourceType }): string {
  const plural = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
  return ["cache", plural, namespace, labelSelector].filter((part) => part !== undefined).join(" ");
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
