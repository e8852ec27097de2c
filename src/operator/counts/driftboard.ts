import { contractVersionName } from "../../api/contractversionname.ts";
import { DRIFT_KEPT_MS, type Drifted } from "../../api/drift.ts";
import type { Clock } from "../../base/clock.ts";
import { Listeners } from "../manager/listeners.ts";
import type { Watch } from "../manager/watches.ts";

/** What one Adapter (`<namespace>/<name>`) tells of one position. */
export interface ToldDrift extends Drifted {
  adapter: string;
}

interface Shown {
  entries: readonly ToldDrift[];
  /** Monotonic time. */
  at: number;
  /** What events were made of. */
  told: ReadonlySet<string>;
}

/** How often something else is shown of a ContractVersion, at most: another position, and sums alone. */
const NEWS_MS = 60_000;
const COUNTS_MS = 600_000;

const NOBODY: ReadonlySet<string> = new Set();

/** What Adapters tell of drift, by ContractVersion: as it is to be shown, which does not change all the time. */
export class DriftBoard {
  readonly #clock: Pick<Clock, "now" | "monotonic">;
  /** `undefined` is told when all have to be looked at. */
  readonly #listeners = new Listeners<string | undefined>();
  readonly #shown = new Map<string, Shown>();
  #isKnown = false;

  constructor(clock: Pick<Clock, "now" | "monotonic">) {
    this.#clock = clock;
  }

  /** Whether Adapters were heard, so that what was shown before need not be taken back for want of knowledge. */
  get isKnown(): boolean {
    return this.#isKnown;
  }

  /** What is to be shown of the ContractVersion of this name. */
  of(name: string): readonly ToldDrift[] {
    return this.#shown.get(name)?.entries ?? [];
  }

  /** What `tellNoMore` had last. */
  told(name: string): ReadonlySet<string> {
    return this.#shown.get(name)?.told ?? NOBODY;
  }

  /** Notes what of the ContractVersion of this name is news to nobody any more; kept as long as something is shown. */
  tellNoMore(name: string, keys: readonly string[]): void {
    const shown = this.#shown.get(name);
    if (shown) shown.told = new Set(keys);
  }

  /** Takes what every Adapter tells now. */
  take(drift: ReadonlyMap<string, readonly Drifted[]>): void {
    const latest = this.#byVersion(drift);
    for (const name of new Set([...this.#shown.keys(), ...latest.keys()])) this.#show(name, latest.get(name) ?? []);
    if (this.#isKnown) return;
    this.#isKnown = true;
    this.#listeners.tell(undefined);
  }

  /** Tells of each ContractVersion of which something else is to be shown; `all` are the names of those there are. */
  watch(all: () => readonly string[]): Watch {
    return {
      subscribe: (enqueue) =>
        this.#listeners.add((name) => (name === undefined ? all().forEach((each) => enqueue(each)) : enqueue(name))),
    };
  }

  #byVersion(drift: ReadonlyMap<string, readonly Drifted[]>): Map<string, ToldDrift[]> {
    const found = new Map<string, ToldDrift[]>();
    const oldest = this.#clock.now() - DRIFT_KEPT_MS;
    for (const [adapter, entries] of drift) {
      for (const entry of entries) {
        if (entry.lastSeen <= oldest) continue;
        const name = contractVersionName(entry);
        const ofVersion = found.get(name) ?? [];
        found.set(name, ofVersion);
        ofVersion.push({ ...entry, adapter });
      }
    }
    return found;
  }

  #show(name: string, entries: readonly ToldDrift[]): void {
    const at = this.#clock.monotonic();
    const shown = this.#shown.get(name);
    if (shown) {
      const isNews = positionsOf(shown.entries) !== positionsOf(entries);
      if (!isNews && sumOf(shown.entries) === sumOf(entries)) return;
      if (at - shown.at < (isNews ? NEWS_MS : COUNTS_MS)) return;
    }
    if (entries.length === 0) this.#shown.delete(name);
    else this.#shown.set(name, { entries, at, told: shown?.told ?? NOBODY });
    this.#listeners.tell(name);
  }
}

const positionsOf = (entries: readonly ToldDrift[]): string =>
  entries
    .map(({ adapter, kind, position }) => `${adapter} ${kind} ${position}`)
    .toSorted()
    .join();

const sumOf = (entries: readonly ToldDrift[]): number => entries.reduce((sum, { count }) => sum + count, 0);
