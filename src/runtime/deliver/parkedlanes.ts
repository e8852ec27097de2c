import { backoff } from "../../base/backoff.ts";
import { adapterRef } from "../../compile/names.ts";
import type { Deps } from "../deps.ts";
import { HEADER } from "../../jetstream/headers.ts";
import { type Entry, fromParked, hubSequence } from "./entry.ts";
import type { Lanes } from "./lanes.ts";
import type { Parking } from "./parking.ts";

export interface ParkedLanesOptions {
  deps: Deps;
  parking: Parking;
  /** Keys that have anything parked when the term begins. */
  keys: Map<string, number>;
  lanes: Lanes<Entry>;
  signal: AbortSignal;
  /** Attempts the entry until it is settled, then `settled` is called. */
  run: (entry: Entry) => void;
  /** The entry is in PARKED now. */
  parkedAway: (entry: Entry) => Promise<void>;
  /** Nothing of the key is parked any more. */
  drained: (key: string) => void;
  broken: (error: unknown) => void;
}

interface ParkedKey {
  /** Moves lane entries to PARKED, one after another. */
  moving: Promise<void> | undefined;
  /** A parked message is being tried. */
  head: Entry | undefined;
  timer: NodeJS.Timeout | undefined;
  /** What earlier attempts of the head came to: its payload need not stay in memory between them. */
  progress: Pick<Entry, "attempts" | "plan" | "settled"> | undefined;
  /** Hub sequence of the last message settled here: an older one is a second copy. */
  settled: number;
}

/** Keys looked at side by side: thousands may be parked, and each look is a round trip. */
const SIDE_BY_SIDE = 32;
/** Keys found at the start are begun within this time, not all at once. */
const SPREAD_MS = 500;
const RETRY = { initialMs: 1000, maxMs: 15_000 };

/**
 * Keys whose messages wait in the PARKED stream. While a key is parked its new messages go there too, so that order
 * holds; the oldest is tried, and deleted once its outcome is recorded, until none is left. A message of several keys
 * (a merge) is never parked: it waits in its lanes until all of its keys are drained.
 */
export class ParkedLanes {
  readonly #o: ParkedLanesOptions;
  readonly #keys = new Map<string, ParkedKey>();
  readonly #queue: string[] = [];
  #looking = 0;
  #count = 0;
  readonly #underWay = new Set<Promise<void>>();

  constructor(options: ParkedLanesOptions) {
    this.#o = options;
    for (const [key, count] of options.keys) {
      this.#count += count;
      this.#later(key, this.#open(key), options.deps.random() * SPREAD_MS);
    }
    this.#report();
  }

  /** Whether the entry has to wait for parked messages: it is moved behind them, or held if it has several keys. */
  follow(entry: Entry): boolean {
    const parked = entry.keys.filter((key) => this.#keys.has(key));
    for (const key of parked) this.#move(key);
    return parked.length > 0;
  }

  /** Parks the lane of an entry that is being tried, after which it is tried again in `delayMs`. False for a merge. */
  park(entry: Entry, delayMs: number): boolean {
    const [key] = entry.keys;
    if (key === undefined || entry.keys.length > 1 || entry.parkedAs !== undefined) return false;
    const parked = this.#open(key);
    entry.busy = false;
    this.#move(key);
    this.#later(key, parked, delayMs);
    return true;
  }

  /** The parked entry's attempt failed: it is read and tried again in `delayMs`. */
  again(entry: Entry, delayMs: number): void {
    const [key = ""] = entry.keys;
    const parked = this.#keys.get(key);
    if (!parked) return;
    parked.head = undefined;
    parked.progress = { attempts: entry.attempts, plan: entry.plan, settled: entry.settled };
    this.#later(key, parked, delayMs);
  }

  /** Something was parked by somebody else. */
  arrived(key: string): void {
    const known = this.#keys.get(key);
    if (known) return;
    this.#later(key, this.#open(key), 0);
  }

  /** The parked entry's outcome is durable. */
  async settled(entry: Entry): Promise<void> {
    const [key = ""] = entry.keys;
    const parked = this.#keys.get(key);
    if (entry.parkedAs !== undefined) await this.#o.parking.remove(entry.parkedAs);
    this.#add(-1);
    if (!parked) return;
    parked.head = undefined;
    parked.progress = undefined;
    parked.settled = Math.max(parked.settled, hubSequence(entry.ref) || 0);
    this.#enqueue(key);
  }

  /** Resolves when nothing of it is under way. */
  async idle(): Promise<void> {
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    await Promise.all(this.#underWay);
  }

  #open(key: string): ParkedKey {
    let parked = this.#keys.get(key);
    if (!parked)
      this.#keys.set(
        key,
        (parked = { moving: undefined, head: undefined, timer: undefined, progress: undefined, settled: 0 }),
      );
    return parked;
  }

  #later(key: string, parked: ParkedKey, delayMs: number): void {
    if (parked.timer || parked.head) return;
    parked.timer = setTimeout(() => {
      parked.timer = undefined;
      this.#enqueue(key);
    }, delayMs);
  }

  #enqueue(key: string): void {
    this.#queue.push(key);
    while (this.#looking < SIDE_BY_SIDE && this.#queue.length > 0 && !this.#o.signal.aborted) {
      this.#looking++;
      const next = this.#queue.shift() as string;
      this.#track(this.#look(next).finally(() => this.#looked()));
    }
  }

  #looked(): void {
    this.#looking--;
    const [key] = this.#queue.splice(0, 1);
    if (key !== undefined) this.#enqueue(key);
  }

  /** Takes the key's oldest parked message and has it tried; none left means that the key is drained. */
  async #look(key: string): Promise<void> {
    const parked = this.#keys.get(key);
    if (!parked || parked.head) return;
    const stored = await this.#o.parking.head(key).catch(() => "unavailable" as const);
    if (this.#o.signal.aborted) return;
    if (stored === "unavailable") return this.#later(key, parked, backoff(RETRY, 1, this.#o.deps.random));
    if (stored === undefined) {
      // What is on its way to PARKED is not there yet: look again when it is.
      if (parked.moving) return void parked.moving.then(() => this.#later(key, parked, 0));
      this.#keys.delete(key);
      this.#o.drained(key);
      return;
    }
    const entry = { ...fromParked(stored), ...parked.progress };
    parked.head = entry;
    if (hubSequence(entry.ref) <= parked.settled) return this.settled(entry);
    this.#o.run(entry);
  }

  /** Moves what stands in the key's lane to PARKED, in order, up to the first entry of several keys. */
  #move(key: string): void {
    const parked = this.#keys.get(key);
    if (!parked || parked.moving) return;
    parked.moving = this.#moveAll(key)
      .catch((error: unknown) => this.#o.broken(error))
      .finally(() => {
        parked.moving = undefined;
        if (this.#movable(key)) this.#move(key);
      });
    this.#track(parked.moving);
  }

  async #moveAll(key: string): Promise<void> {
    for (let head = this.#movable(key); head; head = this.#movable(key)) {
      const headers = { ...head.headers, [HEADER.ref]: head.ref };
      await this.#o.parking.park(key, `park.${head.ref}`, head.data, headers, this.#o.signal);
      this.#add(1);
      await this.#o.parkedAway(head);
      this.#o.lanes.remove(head);
    }
  }

  /** The lane's head, where it may be moved: not while it is being tried, and never one of several keys. */
  #movable(key: string): Entry | undefined {
    const [head] = this.#o.lanes.under(key);
    const stays = !head || head.busy || head.keys.length > 1 || this.#o.signal.aborted || !this.#keys.has(key);
    return stays ? undefined : head;
  }

  #track(work: Promise<void>): void {
    const tracked = work.catch((error: unknown) => this.#o.broken(error)).finally(() => this.#underWay.delete(tracked));
    this.#underWay.add(tracked);
  }

  #add(difference: number): void {
    this.#count = Math.max(0, this.#count + difference);
    this.#report();
  }

  #report(): void {
    this.#o.deps.metrics.parked.set({ adapter: adapterRef(this.#o.deps.adapter) }, this.#count);
  }
}
