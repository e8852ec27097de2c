import { type KubeObject, keyOf } from "../kube/resource.ts";

/** What happened to one resource. Deletions tell the last state that was known. */
export type Change<T> =
  | { type: "added"; object: T }
  | { type: "updated"; object: T; old: T }
  | { type: "deleted"; old: T };

/** Values under which a resource is to be found, e.g. the keys of the Secrets that it refers to. */
export type Index<T> = (object: T) => Iterable<string>;

/** The resources of one cache by key and by index. Pure memory: what to put in is told from outside. */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  /** Undefined since something changed. */
  #list: readonly T[] | undefined;
  readonly #indexes: { name: string; of: Index<T>; keys: Map<string, Set<string>> }[];

  constructor(indexes: Record<string, Index<T>> = {}) {
    this.#indexes = Object.entries(indexes).map(([name, of]) => ({ name, of, keys: new Map() }));
  }

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** The very same list as long as nothing changes: who worked something out of it knows it again. */
  list(): readonly T[] {
    return (this.#list ??= [...this.#objects.values()]);
  }

  byIndex(name: string, value: string): T[] {
    const index = this.#indexes.find((candidate) => candidate.name === name);
    if (index === undefined) throw new Error(`no index ${name}`);
    return [...(index.keys.get(value) ?? [])]
      .map((key) => this.#objects.get(key))
      .filter((found) => found !== undefined);
  }

  /** What was added or modified. The same resourceVersion is no change; another uid is another object of that name. */
  put(object: T): Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    if (old === undefined) return [this.#set(key, undefined, object)];
    if (old.metadata.uid !== object.metadata.uid) return [this.#drop(key, old), this.#set(key, undefined, object)];
    if (old.metadata.resourceVersion === object.metadata.resourceVersion) return [];
    return [this.#set(key, old, sharing(object, old))];
  }

  remove(object: T): Change<T>[] {
    const key = keyOf(object.metadata);
    const old = this.#objects.get(key);
    return old === undefined ? [] : [this.#drop(key, old)];
  }

  /** Takes over a whole list, of one namespace or of all: what it lacks was deleted meanwhile. */
  replace(objects: T[], namespace?: string): Change<T>[] {
    const there = new Set(objects.map(({ metadata }) => keyOf(metadata)));
    const listed = ({ metadata }: T) => namespace === undefined || metadata.namespace === namespace;
    const gone = [...this.#objects].filter(([key, object]) => listed(object) && !there.has(key));
    return [...gone.map(([key, old]) => this.#drop(key, old)), ...objects.flatMap((object) => this.put(object))];
  }

  #set(key: string, old: T | undefined, object: T): Change<T> {
    if (old !== undefined) this.#unindex(key, old);
    this.#objects.set(key, object);
    this.#list = undefined;
    for (const { of, keys } of this.#indexes) {
      for (const value of of(object)) {
        const under = keys.get(value) ?? new Set();
        keys.set(value, under.add(key));
      }
    }
    return old === undefined ? { type: "added", object } : { type: "updated", object, old };
  }

  #drop(key: string, old: T): Change<T> {
    this.#unindex(key, old);
    this.#objects.delete(key);
    this.#list = undefined;
    return { type: "deleted", old };
  }

  #unindex(key: string, old: T): void {
    for (const { of, keys } of this.#indexes) {
      for (const value of of(old)) {
        const under = keys.get(value);
        under?.delete(key);
        if (under?.size === 0) keys.delete(value);
      }
    }
  }
}

/**
 * What did not change is kept once, so that who worked something out of it knows it again: a version that differs from
 * `old` in status or metadata alone has the very spec of it.
 */
function sharing<T extends KubeObject & { spec?: unknown }>(object: T, old: T): T {
  const { generation } = object.metadata;
  if (object.spec === undefined || generation === undefined || generation !== old.metadata.generation) return object;
  return { ...object, spec: old.spec };
}
