import type { Clock } from "../../base/clock.ts";
import { apiVersionOf, type KubeObject, keyOf, type ResourceType } from "../kube/resource.ts";
import type { Cache } from "./cache.ts";
import type { Change } from "./store.ts";

/** Something that a controller listens to: tells keys that have to be reconciled. */
export interface Watch {
  /** Tells of everything that is there, then of changes. Returns how to end that. */
  subscribe(enqueue: (key: string) => void): () => void;
}

export interface WatchOptions<T> {
  /** Whether an update is worth a reconcile. Default: every one is. */
  when?: (object: T, old: T) => boolean;
}

/** The controller's own kind: each resource's own key. */
export function own<T extends KubeObject>(cache: Cache<T>, options: WatchOptions<T> = {}): Watch {
  return mapped(cache, (object) => [keyOf(object.metadata)], options);
}

/** What the controller made: the key of the `owner` that is named as its controller, in the same namespace or in none. */
export function owned<T extends KubeObject>(
  cache: Cache<T>,
  owner: ResourceType,
  options: WatchOptions<T> = {},
): Watch {
  return mapped(cache, (object) => ownerKeys(object, owner), options);
}

/**
 * What the controller's resources refer to: those found in the cache `by` under an index's value. `valueOf` tells that
 * value of the resource that changed, by default its key.
 */
export function referred<T extends KubeObject, R extends KubeObject>(
  cache: Cache<T>,
  by: { cache: Cache<R>; index: string },
  valueOf: (object: T) => string = (object) => keyOf(object.metadata),
  options: WatchOptions<T> = {},
): Watch {
  const keysOf = (object: T) => by.cache.byIndex(by.index, valueOf(object)).map(({ metadata }) => keyOf(metadata));
  return mapped(cache, keysOf, options);
}

/** Any other relation. Of an update, the keys of both states are told: what is no longer meant has to look, too. */
export function mapped<T extends KubeObject>(
  cache: Cache<T>,
  keysOf: (object: T) => Iterable<string>,
  { when = () => true }: WatchOptions<T> = {},
): Watch {
  const worth = (change: Change<T>) => change.type !== "updated" || when(change.object, change.old);
  return {
    subscribe: (enqueue) =>
      cache.subscribe((change) => {
        if (!worth(change)) return;
        for (const object of statesOf(change)) for (const key of keysOf(object)) enqueue(key);
      }),
  };
}

/** What `watch` tells within `ms` is told once, at the end: for what changes in crowds and costs something to look at. */
export function together(watch: Watch, ms: number, clock: Pick<Clock, "after">): Watch {
  return {
    subscribe: (enqueue) => {
      const keys = new Set<string>();
      let cancel: (() => void) | undefined;
      const tell = (): void => {
        cancel = undefined;
        for (const key of keys) enqueue(key);
        keys.clear();
      };
      const unsubscribe = watch.subscribe((key) => {
        keys.add(key);
        cancel ??= clock.after(ms, tell);
      });
      return () => {
        unsubscribe();
        cancel?.();
      };
    },
  };
}

/**
 * True for changes of what somebody wants (spec, labels, annotations, finalizers, owners, deletion), false for those of
 * status alone: what a controller writes itself does not wake it. Always true of types without generation, as Secrets.
 */
export function specChanged(object: KubeObject, old: KubeObject): boolean {
  const wanted = ({ metadata }: KubeObject) => {
    const { generation, labels, annotations, finalizers, deletionTimestamp, ownerReferences } = metadata;
    return JSON.stringify([generation, labels, annotations, finalizers, deletionTimestamp, ownerReferences]);
  };
  return object.metadata.generation === undefined || wanted(object) !== wanted(old);
}

function ownerKeys({ metadata }: KubeObject, owner: ResourceType): string[] {
  const apiVersion = apiVersionOf(owner);
  return (metadata.ownerReferences ?? [])
    .filter((reference) => reference.controller === true)
    .filter((reference) => reference.kind === owner.kind && reference.apiVersion === apiVersion)
    .map(({ name }) => (owner.scope === "Namespaced" ? keyOf({ name, namespace: metadata.namespace }) : name));
}

function statesOf<T>(change: Change<T>): T[] {
  if (change.type === "updated") return [change.old, change.object];
  return [change.type === "added" ? change.object : change.old];
}
