import { DRIFT_KEPT_MS, type Drift, type Drifted, OTHERS } from "../../api/drift.ts";

/** Drift of one message from one of the contract versions that it becomes. */
export interface SeenDrift extends Drift {
  contract: string;
  version: string;
}

/** Positions that are told apart: so many of a contract version, and of all of an adapter. What comes later is `OTHERS`. */
export const MAX_POSITIONS = 64;
const MAX_ALL = 256;

/** How often an adapter saw each position that its contracts do not know. */
export class DriftBook {
  readonly #entries = new Map<string, Drifted>();
  /** Positions by contract version, without `OTHERS`. */
  readonly #sizes = new Map<string, number>();

  /** `entries`: what was known before; what nobody has seen for a week is left out. */
  constructor(entries: readonly Drifted[] = [], now = 0) {
    for (const entry of entries) if (now - entry.lastSeen < DRIFT_KEPT_MS) this.#add({ ...entry });
  }

  /** Counts one sight of it. True: nothing was known of this position. */
  count(seen: SeenDrift, message: string, now: number): boolean {
    const known = this.#entries.get(keyOf(seen)) ?? (this.#isFull(seen) ? this.#othersOf(seen) : undefined);
    if (known) {
      known.count++;
      known.lastSeen = now;
      known.message = message;
      return false;
    }
    const { contract, version, kind, position } = this.#isFull(seen) ? { ...seen, position: OTHERS } : seen;
    this.#add({ contract, version, kind, position, count: 1, firstSeen: now, lastSeen: now, message });
    return true;
  }

  /** What is known at `now`; what nobody has seen for a week is forgotten. */
  entries(now: number): Drifted[] {
    for (const entry of this.#entries.values()) if (now - entry.lastSeen >= DRIFT_KEPT_MS) this.#remove(entry);
    return [...this.#entries.values()].map((entry) => ({ ...entry }));
  }

  #othersOf(seen: SeenDrift): Drifted | undefined {
    return this.#entries.get(keyOf({ ...seen, position: OTHERS }));
  }

  #isFull(seen: SeenDrift): boolean {
    return (this.#sizes.get(versionOf(seen)) ?? 0) >= MAX_POSITIONS || this.#entries.size >= MAX_ALL;
  }

  #add(entry: Drifted): void {
    this.#entries.set(keyOf(entry), entry);
    this.#resize(entry, 1);
  }

  #remove(entry: Drifted): void {
    this.#entries.delete(keyOf(entry));
    this.#resize(entry, -1);
  }

  #resize(entry: Drifted, by: number): void {
    if (entry.position !== OTHERS) this.#sizes.set(versionOf(entry), (this.#sizes.get(versionOf(entry)) ?? 0) + by);
  }
}

/** `latest`, written by another process since `told` was, and what `own` has counted since then. */
export function merged(own: readonly Drifted[], told: readonly Drifted[], latest: readonly Drifted[]): Drifted[] {
  const before = new Map(told.map((entry) => [keyOf(entry), entry.count]));
  const all = new Map(latest.map((entry) => [keyOf(entry), entry]));
  for (const entry of own) {
    const more = entry.count - (before.get(keyOf(entry)) ?? 0);
    const other = all.get(keyOf(entry));
    if (more <= 0) continue;
    const later = other && other.lastSeen > entry.lastSeen ? other : entry;
    const firstSeen = Math.min(entry.firstSeen, other?.firstSeen ?? entry.firstSeen);
    all.set(keyOf(entry), { ...later, firstSeen, count: (other?.count ?? 0) + more });
  }
  return [...all.values()];
}

const versionOf = ({ contract, version }: SeenDrift): string => `${contract} ${version}`;
const keyOf = (seen: SeenDrift): string => `${versionOf(seen)} ${seen.kind} ${seen.position}`;
