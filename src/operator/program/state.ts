import { errorCode, safeReason } from "../../base/errors.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Listeners } from "../manager/listeners.ts";
import type { Watch } from "../manager/watches.ts";
import type { HubState, Missing } from "../status/facts.ts";
import { resourceId } from "./concerns.ts";
import type { JudgedResources, Judgement } from "./judged.ts";
import type { Known, KnownResources } from "./known.ts";
import type { HubStore } from "./programmer.ts";

/** Ids of resources, or that whatever there is has to look. */
type Changed = ReadonlySet<string> | "everything";

/** What the hub holds and what keeps it from holding more, for those who tell of it in status. */
export class ProgramState {
  #judged: JudgedResources = new Map();
  #known: KnownResources | undefined;
  #failure: { code: string; reason: string } | undefined;
  #durable: HubStore["durable"] = { durable: undefined, reason: "the hub has not been reached yet" };
  readonly #listeners = new Listeners<Changed>();

  /** Told each time before the hub is asked for anything. */
  judged(judged: JudgedResources): void {
    const before = this.#judged;
    this.#judged = judged;
    this.#listeners.tell(changedIn(before, judged, (a, b) => JSON.stringify(a) === JSON.stringify(b)));
  }

  /** Told before the first success, and after each failure before the next one. */
  connected({ durable }: HubStore): void {
    this.#durable = durable;
  }

  succeeded(known: KnownResources): void {
    const before = this.#known;
    const recovered = this.#failure !== undefined;
    this.#known = known;
    this.#failure = undefined;
    this.#listeners.tell(before === undefined || recovered ? "everything" : changedIn(before, known, isSame));
  }

  failed(error: unknown): void {
    const before = this.#failure;
    this.#failure = { code: errorCode(error), reason: safeReason(error) };
    if (before?.code !== this.#failure.code || before.reason !== this.#failure.reason)
      this.#listeners.tell("everything");
  }

  /** Whether there is anything to tell yet: a process that has just begun knows nothing, and says nothing. */
  get isKnown(): boolean {
    return this.#known !== undefined || this.#failure !== undefined;
  }

  /** What the rules say of `object` as it is; undefined until they were asked. */
  judgement(object: KubeObject): Judgement | undefined {
    const judged = this.#judged.get(resourceId(object.kind ?? "", object.metadata));
    const { uid, generation } = object.metadata;
    return judged?.uid === uid && judged?.generation === generation ? judged : undefined;
  }

  /** Whether `object`, as it is, has been taken into account. */
  hubOf(object: KubeObject): HubState {
    if (this.#failure?.code === "StoreTooSmall" || this.#failure?.code === "StreamFull")
      return { state: "Full", reason: this.#failure.reason };
    if (this.#failure) return { state: "Unavailable", reason: this.#failure.reason };
    const known = this.#of(object);
    if (known === undefined || known.generation !== object.metadata.generation) return { state: "Pending" };
    return known.conflicts.length > 0 ? { state: "Conflict", reasons: [...known.conflicts] } : { state: "Programmed" };
  }

  /** The same of what is to stay, and Pending until the rules were asked. */
  judgedHubOf(object: KubeObject): HubState {
    return this.judgement(object) === undefined ? { state: "Pending" } : this.hubOf(object);
  }

  /** Whether the hub was programmed by this very resource, in whatever generation. */
  has(object: KubeObject): boolean {
    return this.#of(object) !== undefined;
  }

  /** What is wrong with the resource itself. */
  invalid(object: KubeObject): string[] {
    const problems = this.#of(object)?.problems ?? [];
    return problems.filter((problem) => problem.invalid).map(({ path, reason }) => `${path}: ${reason}`);
  }

  /** What it refers to in vain. */
  missing(object: KubeObject): Missing[] {
    const problems = this.#of(object)?.problems ?? [];
    return problems
      .filter((problem) => !problem.invalid)
      .map(({ path, reason }) => ({ kind: kindIn(reason), text: reason, path }));
  }

  /** Revision of the Adapter's configuration in the hub. */
  revision(adapter: KubeObject): string | undefined {
    return this.#of(adapter)?.revision;
  }

  /** Whether the hub syncs before it acknowledges, as far as it has told. */
  get durable(): HubStore["durable"] {
    return this.#durable;
  }

  /** Wakes a controller for those resources of `cache` of which something else is known than before. */
  watch(cache: Pick<Cache<KubeObject>, "list" | "type">): Watch {
    const prefix = resourceId(cache.type.kind, { name: "" });
    return {
      subscribe: (enqueue) =>
        this.#listeners.add((changed) => {
          if (changed === "everything") cache.list().forEach(({ metadata }) => enqueue(keyOf(metadata)));
          else for (const id of changed) if (id.startsWith(prefix)) enqueue(id.slice(prefix.length));
        }),
    };
  }

  /** Of this very resource: what is known of one that had its name before does not count. */
  #of({ kind = "", metadata }: KubeObject): Known | undefined {
    const known = this.#known?.get(resourceId(kind, metadata));
    return known?.uid === metadata.uid ? known : undefined;
  }
}

/** The ids of what is new, gone, or known otherwise than before. */
function changedIn<K>(
  before: ReadonlyMap<string, K>,
  after: ReadonlyMap<string, K>,
  same: (a: K, b: K) => boolean,
): ReadonlySet<string> {
  const gone = [...before.keys()].filter((id) => !after.has(id));
  const changed = [...after].filter(([id, known]) => {
    const earlier = before.get(id);
    return earlier === undefined || !same(earlier, known);
  });
  return new Set([...gone, ...changed.map(([id]) => id)]);
}

const isSame = (a: Known, b: Known): boolean =>
  a.uid === b.uid &&
  a.generation === b.generation &&
  a.revision === b.revision &&
  sameTexts(a.conflicts, b.conflicts) &&
  sameTexts(a.problems, b.problems);

const sameTexts = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && (a.length === 0 || JSON.stringify(a) === JSON.stringify(b));

/** The compiler begins what it says of a reference with the kind that is referred to. */
const kindIn = (reason: string): Missing["kind"] => (reason.startsWith("Adapter ") ? "Adapter" : "ContractVersion");
