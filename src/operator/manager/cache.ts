import type { KubeObject, ResourceType } from "../kube/resource.ts";
import { Feed, type FeedDeps } from "./feed.ts";
import type { Runnable } from "./runnable.ts";
import { type Change, type Index, Store } from "./store.ts";

export interface CacheOptions<T> {
  type: ResourceType;
  /** Only these; each is listed and watched for itself, so that rights in them are enough. Undefined, or none: all. */
  namespaces?: readonly string[] | undefined;
  labelSelector?: string | undefined;
  /** Drops what nobody reads, to save memory; names, uid and resourceVersion must stay. `managedFields` go, whatever it says. */
  transform?: (object: T) => T;
  indexes?: Record<string, Index<T>>;
  /** Resources in one page of a list. Default 500. */
  pageSize?: number;
  /** How long a watch may say nothing before it counts as dead, milliseconds. Default 90 s: bookmarks come every minute. */
  silenceMs?: number;
}

export type CacheDeps = FeedDeps;

export type Handler<T> = (change: Change<T>) => void;

const PAGE = 500;
const SILENCE_MS = 90_000;

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
  readonly #feeds: Feed<T>[];
  readonly #handlers = new Set<Handler<T>>();
  readonly #stopping = new AbortController();

  constructor(options: CacheOptions<T>, deps: CacheDeps) {
    const { type, namespaces = [], indexes } = options;
    this.name = nameOf(options);
    this.type = type;
    this.#store = new Store(indexes);
    this.#deps = deps;
    const parts = namespaces.length === 0 ? [undefined] : namespaces;
    this.#feeds = parts.map((namespace) => this.#feed(options, namespace));
    this.synced = Promise.all(this.#feeds.map((feed) => feed.synced)).then(() => {});
  }

  /** Resolves when everything is there, or `signal` aborts. */
  async start(signal: AbortSignal): Promise<void> {
    for (const feed of this.#feeds) feed.start(this.#stopping.signal);
    const gone = Promise.withResolvers<void>();
    const abort = (): void => gone.resolve();
    signal.addEventListener("abort", abort, { once: true });
    if (!signal.aborted) await Promise.race([this.synced, gone.promise]);
    signal.removeEventListener("abort", abort);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const feed of this.#feeds) await feed.ended();
  }

  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  /** The very same list as long as nothing changes. */
  list(): readonly T[] {
    return this.#store.list();
  }

  byIndex(name: string, value: string): T[] {
    return this.#store.byIndex(name, value);
  }

  /** Milliseconds since the last list, event or bookmark of the part that is silent longest; undefined before its first. */
  silentMs(): number | undefined {
    const silences = this.#feeds.map((feed) => feed.silentMs());
    return silences.reduce((longest, each) =>
      longest === undefined || each === undefined ? undefined : Math.max(longest, each),
    );
  }

  /** Tells `handler` of everything that is there as added, then of each change, once. Returns how to end that. */
  subscribe(handler: Handler<T>): () => void {
    for (const object of this.#store.list()) this.#tell(handler, { type: "added", object });
    this.#handlers.add(handler);
    return () => void this.#handlers.delete(handler);
  }

  #feed(options: CacheOptions<T>, namespace: string | undefined): Feed<T> {
    const { type, labelSelector, transform = (object) => object, pageSize = PAGE, silenceMs = SILENCE_MS } = options;
    const lean = (object: T) => withoutManagedFields(transform(object));
    const listWatch = { type, namespace, labelSelector, pageSize, silenceMs, transform: lean };
    return new Feed<T>(
      nameOf({ ...options, namespaces: namespace === undefined ? [] : [namespace] }),
      listWatch,
      this.#deps,
      {
        replace: (objects: T[]) => this.#announce(this.#store.replace(objects, namespace)),
        put: (object: T) => this.#announce(this.#store.put(object)),
        remove: (object: T) => this.#announce(this.#store.remove(object)),
      },
    );
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
function nameOf({
  type,
  namespaces = [],
  labelSelector,
}: Pick<CacheOptions<never>, "type" | "namespaces" | "labelSelector">): string {
  const plural = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
  return ["cache", plural, ...namespaces, labelSelector].filter((part) => part !== undefined).join(" ");
}

function withoutManagedFields<T extends KubeObject>(object: T): T {
  const { managedFields: _dropped, ...metadata } = object.metadata;
  return { ...object, metadata };
}
