import type { Clock } from "../../base/clock.ts";
import { contentHash } from "../../base/hash.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Happening } from "../kube/events.ts";
import { isConflict } from "../kube/failure.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { ObjectRef, ServedAdapter, WorkloadObject } from "../workload/object.ts";
import { WORKLOAD_TYPES } from "../workload/types.ts";
import { type Applying, mendedBy } from "./drift.ts";
import { foundAsWanted } from "./found.ts";
import { type Made, type MadeCaches, fingerprintOf } from "./made.ts";

/** What has to be there for an Adapter, and what must not. */
export interface Wanted {
  /** In the order in which they are applied. */
  objects: readonly WorkloadObject[];
  /** Taken away where they belong to the Adapter. */
  absent: readonly ObjectRef[];
}

interface Applied {
  /** Hash of what was applied. */
  wanted: string;
  /** Of what the API server made of it. */
  fingerprint: string;
  /** Monotonic time. */
  at: number;
}

/** What nobody can watch (Secrets) is applied again after this time, whatever became of it. */
const RESYNC_MS = 600_000;
/** Time for the cache to hear of what was applied, and between two turns with somebody who wants it otherwise. */
const SETTLES_MS = 1000;

export interface KeeperDeps {
  client: KubeClient;
  caches: MadeCaches;
  clock: Pick<Clock, "monotonic">;
  /** Told of what was made or put right for an Adapter. */
  tell(adapter: ServedAdapter, happening: Happening): void;
}

/**
 * Keeps what was made for Adapters as it is wanted, whoever changes or deletes it. What is as it was when it was applied
 * last, by this process or one before it, is not applied again: a reconcile where nothing changed asks the API server for
 * nothing.
 */
export class Keeper {
  readonly #client: KubeClient;
  readonly #caches: MadeCaches;
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #tell: (adapter: ServedAdapter, happening: Happening) => void;
  /** By key of the Adapter, then by kind and name of the object. */
  readonly #applied = new Map<string, Map<string, Applied>>();

  constructor({ client, caches, clock, tell }: KeeperDeps) {
    this.#client = client;
    this.#caches = caches;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Resolves to when to be called again at the latest, milliseconds. Rejects with what the API server refuses. */
  async keep(adapter: ServedAdapter, { objects, absent }: Wanted): Promise<number> {
    const key = keyOf(adapter.metadata);
    const applied = this.#applied.get(key) ?? this.#found(objects);
    this.#applied.set(key, applied);
    // Whoever laid hands on one, or collects what a predecessor left, may have done so with others, too.
    if (objects.some((object) => this.#isChanged(object, applied))) this.#forgetUnwatched(applied);
    let again = RESYNC_MS;
    for (const object of objects) again = Math.min(again, await this.#keepOne(adapter, object, applied));
    for (const ref of absent) await this.#remove(adapter, ref, applied);
    return again;
  }

  /** Whether the cache has what was applied last: a moment after, it still shows what was there before. */
  isSeen({ metadata: { namespace, name: adapter } }: ServedAdapter, { kind, name }: ObjectRef): boolean {
    const applied = this.#applied.get(keyOf({ namespace, name: adapter }))?.get(`${kind} ${name}`);
    const cached = this.#cacheOf({ kind })?.get(keyOf({ namespace, name }));
    return applied !== undefined && applied.fingerprint === cached?.fingerprint;
  }

  /** Nothing is to be kept for the Adapter of this key any more. */
  forget(key: string): void {
    this.#applied.delete(key);
  }

  /** What was applied by the operator before this one: long ago, but for what can't be watched, which counts from now. */
  #found(objects: readonly WorkloadObject[]): Map<string, Applied> {
    const now = this.#clock.monotonic();
    const found = foundAsWanted(objects, this.#caches).map(({ object, made }): [string, Applied] => {
      const at = made === undefined ? now : Number.NEGATIVE_INFINITY;
      return [idOf(object), { wanted: contentHash(object), fingerprint: made?.fingerprint ?? "", at }];
    });
    return new Map(found);
  }

  #isChanged(object: WorkloadObject, applied: ReadonlyMap<string, Applied>): boolean {
    const before = applied.get(idOf(object));
    return (
      before?.wanted === contentHash(object) && this.#cacheOf(object) !== undefined && this.#dueIn(object, before) === 0
    );
  }

  #forgetUnwatched(applied: Map<string, Applied>): void {
    for (const id of applied.keys()) if (id.startsWith("Secret ")) applied.delete(id);
  }

  async #keepOne(adapter: ServedAdapter, object: WorkloadObject, applied: Map<string, Applied>): Promise<number> {
    const id = idOf(object);
    const wanted = contentHash(object);
    const before = applied.get(id);
    const due = before?.wanted === wanted ? this.#dueIn(object, before) : 0;
    if (due > 0) return due;
    // What a failed request did is not known: the next one begins anew.
    applied.delete(id);
    // Before it is applied: the cache may hear of the answer earlier than we do.
    const seen = this.#cacheOf(object)?.get(keyOf(object.metadata));
    const made = fingerprintOf(await this.#client.apply<KubeObject>(WORKLOAD_TYPES[object.kind], object));
    applied.set(id, { wanted, fingerprint: made, at: this.#clock.monotonic() });
    const left = before?.wanted === wanted ? before.fingerprint : undefined;
    const happening = object.kind === "Secret" ? undefined : happeningOf({ object: id, left, seen, made }, before);
    if (happening) this.#tell(adapter, happening);
    return RESYNC_MS;
  }

  /** In how many milliseconds the object has to be looked at again; 0 is to be applied now. */
  #dueIn(object: WorkloadObject, { fingerprint, at }: Applied): number {
    const cache = this.#cacheOf(object);
    const age = this.#clock.monotonic() - at;
    if (cache === undefined) return Math.max(0, RESYNC_MS - age);
    const isKept = cache.get(keyOf(object.metadata))?.fingerprint === fingerprint;
    return isKept ? RESYNC_MS : Math.max(0, SETTLES_MS - age);
  }

  async #remove(adapter: ServedAdapter, { kind, name }: ObjectRef, applied: Map<string, Applied>): Promise<void> {
    const { namespace, uid: owner } = adapter.metadata;
    applied.delete(`${kind} ${name}`);
    const found = this.#cacheOf({ kind })?.get(keyOf({ namespace, name }));
    if (!found?.metadata.ownerReferences?.some(({ uid }) => uid === owner)) return;
    try {
      await this.#client.delete(WORKLOAD_TYPES[kind], { namespace, name }, { uid: found.metadata.uid });
    } catch (error) {
      // Somebody else's by now.
      if (!isConflict(error)) throw error;
    }
  }

  #cacheOf({ kind }: Pick<WorkloadObject, "kind">): Cache<Made> | undefined {
    return kind === "Secret" ? undefined : this.#caches[kind];
  }
}

const idOf = ({ kind, metadata }: WorkloadObject): string => `${kind} ${metadata.name}`;

function happeningOf(applying: Applying, before: Applied | undefined): Happening | undefined {
  const isNew = before === undefined && applying.seen === undefined;
  if (!isNew || !applying.object.startsWith("Deployment ")) return mendedBy(applying);
  return { type: "Normal", reason: "DeploymentMade", action: "Apply", note: `${applying.object} is made` };
}
