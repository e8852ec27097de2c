import { canonicalJson } from "../../base/hash.ts";
import { adapterRef } from "../../compile/names.ts";
import { type KubeObject, keyOf } from "../kube/resource.ts";
import type { Cache } from "../manager/cache.ts";
import { Listeners } from "../manager/listeners.ts";
import type { Watch } from "../manager/watches.ts";
import type { WorkloadSettings } from "../workload/settings.ts";
import type { Period } from "./decide.ts";
import { type Holder, type Issued, type Issuer, issue } from "./issue.ts";

/** Who issues adapters' credentials now, and what it issued last. */
export class CredentialState {
  #issuer: Issuer | undefined;
  readonly #listeners = new Listeners();
  /** Signing takes milliseconds: by adapter, what was issued, and for what. */
  readonly #issued = new Map<string, { wanted: string; issued: Issued }>();

  constructor(issuer?: Issuer) {
    this.#issuer = issuer;
  }

  /** Undefined until it is known: then nothing is made for adapters yet. */
  get issuer(): Issuer | undefined {
    return this.#issuer;
  }

  /** From now on. */
  set(issuer: Issuer): void {
    if (canonicalJson(issuer) === canonicalJson(this.#issuer ?? {})) return;
    this.#issuer = issuer;
    this.#issued.clear();
    this.#listeners.tell();
  }

  /** What is to be in the adapter's Secret; undefined where it connects without credentials. */
  issue(holder: Holder, now: number): Issued | undefined {
    const issuer = this.#issuer;
    if (!issuer || issuer.kind === "None") return undefined;
    const name = adapterRef(holder);
    const wanted = canonicalJson(holder);
    const last = this.#issued.get(name);
    if (last?.wanted === wanted && contains(last.issued.period, now)) return last.issued;
    const issued = issue(issuer, holder, now);
    this.#issued.set(name, { wanted, issued });
    return issued;
  }

  /** What issuing makes of the settings for pods. */
  settings(settings: WorkloadSettings): WorkloadSettings {
    const issuer = this.#issuer;
    const { url } = settings.nats;
    if (!issuer || issuer.kind === "None") return { ...settings, nats: { url, credentials: false } };
    return { ...settings, nats: { url, credentials: true, apiPrefix: issuer.apiPrefix } };
  }

  /** Wakes a controller for each resource of `cache` when others issue. */
  watch(cache: Pick<Cache<KubeObject>, "list">): Watch {
    const each = (enqueue: (key: string) => void) => () =>
      cache.list().forEach(({ metadata }) => enqueue(keyOf(metadata)));
    return { subscribe: (enqueue) => this.onChange(each(enqueue)) };
  }

  /** Calls `listener` when others issue. Returns how to end that. */
  onChange(listener: () => void): () => void {
    return this.#listeners.add(listener);
  }

  /** The adapter is gone. */
  forget(name: string): void {
    this.#issued.delete(name);
  }
}

const contains = ({ from, to }: Period, now: number): boolean => now >= from && now < to;
