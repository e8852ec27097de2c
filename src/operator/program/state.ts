import { errorCode, safeReason } from "../../base/errors.ts";
import type { Problem } from "../../compile/resources.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import type { Watch } from "../manager/watches.ts";
import type { HubState, Missing } from "../status/facts.ts";
import type { Programmed } from "./programmer.ts";

/** What the hub holds and what keeps it from holding more, for those who tell of it in status. */
export class ProgramState {
  #programmed: Programmed | undefined;
  #failure: { code: string; reason: string } | undefined;
  readonly #listeners = new Set<() => void>();

  succeeded(programmed: Programmed): void {
    this.#programmed = programmed;
    this.#failure = undefined;
    this.#tell();
  }

  failed(error: unknown): void {
    this.#failure = { code: errorCode(error), reason: safeReason(error) };
    this.#tell();
  }

  /** Whether there is anything to tell yet: a process that has just begun knows nothing, and says nothing. */
  get isKnown(): boolean {
    return this.#programmed !== undefined || this.#failure !== undefined;
  }

  /** Whether `object`, as it is, has been taken into account. */
  hubOf(object: KubeObject): HubState {
    if (this.#failure?.code === "StoreTooSmall" || this.#failure?.code === "StreamFull")
      return { state: "Full", reason: this.#failure.reason };
    if (this.#failure) return { state: "Unavailable", reason: this.#failure.reason };
    const { uid, generation } = object.metadata;
    if (!this.#programmed || this.#programmed.generations.get(uid) !== generation) return { state: "Pending" };
    const reasons = this.#programmed.conflicts.map(({ name, reason }) => `${name}: ${reason}`);
    return reasons.length > 0 ? { state: "Conflict", reasons } : { state: "Programmed" };
  }

  /** What is wrong with the resource itself. */
  invalid(object: KubeObject): string[] {
    return this.#problems(object)
      .filter((problem) => problem.invalid)
      .map(({ path, reason }) => `${path}: ${reason}`);
  }

  /** What it refers to in vain. */
  missing(object: KubeObject): Missing[] {
    return this.#problems(object)
      .filter((problem) => !problem.invalid)
      .map(({ path, reason }) => ({ kind: kindIn(reason), text: reason, path }));
  }

  /** Revision of the Adapter's configuration in the hub. */
  revision(adapter: KubeObject): string | undefined {
    return this.#programmed?.revisions.get(keyOf(adapter.metadata));
  }

  /** Wakes a controller for each resource of `cache` whenever anything of this changed. */
  watch(cache: Pick<Cache<KubeObject>, "list">): Watch {
    return {
      subscribe: (enqueue) => {
        const listener = (): void => cache.list().forEach(({ metadata }) => enqueue(keyOf(metadata)));
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  #problems({ kind, metadata }: KubeObject): Problem[] {
    const { name, namespace } = metadata;
    return (this.#programmed?.problems ?? []).filter(
      (problem) => problem.kind === kind && problem.name === name && (problem.namespace ?? "") === (namespace ?? ""),
    );
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** The compiler begins what it says of a reference with the kind that is referred to. */
const kindIn = (reason: string): Missing["kind"] => (reason.startsWith("Adapter ") ? "Adapter" : "ContractVersion");
