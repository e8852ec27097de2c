import type { KubeObject } from "../../src/operator/kube/resource.ts";
import type { Cache } from "../../src/operator/manager/cache.ts";
import { type Change, type Index, Store } from "../../src/operator/manager/store.ts";
import type { Watch } from "../../src/operator/manager/watches.ts";

/** What watches need of a cache, filled by hand. */
export function handCache<T extends KubeObject>(indexes: Record<string, Index<T>> = {}) {
  const store = new Store<T>(indexes);
  const handlers = new Set<(change: Change<T>) => void>();
  const tell = (changes: Change<T>[]) => changes.forEach((change) => handlers.forEach((handler) => handler(change)));
  const subscribe = (handler: (change: Change<T>) => void) => {
    handlers.add(handler);
    return () => void handlers.delete(handler);
  };
  return {
    cache: {
      subscribe,
      get: (key: string) => store.get(key),
      byIndex: (name: string, value: string) => store.byIndex(name, value),
    } as unknown as Cache<T>,
    put: (object: T) => tell(store.put(object)),
    remove: (object: T) => tell(store.remove(object)),
  };
}

/** The keys that the watch tells from now on. */
export function hear(watch: Watch): string[] {
  const keys: string[] = [];
  watch.subscribe((key) => keys.push(key));
  return keys;
}
