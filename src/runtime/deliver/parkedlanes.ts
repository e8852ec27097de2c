import { backoff } from "../../base/backoff.ts";
import { HEADER } from "../../jetstream/headers.ts";
import type { Stored } from "../../jetstream/read.ts";
import type { Deps } from "../deps.ts";
import { type Entry, fromParked, hubPosition } from "./entry.ts";
import type { History } from "./history.ts";
import type { Lanes } from "./lanes.ts";
import { Looks } from "./looks.ts";
import { Mover } from "./mover.ts";
import { ParkedCount } from "./parkedcount.ts";
import { type ParkedKey, isOvertaken, isSettled, newKey, overtakenBy } from "./parkedkey.ts";
import type { Parking } from "./parking.ts";

export interface ParkedLanesOptions {
  deps: Deps;
  parking: Parking;
  /** Keys that have anything parked when the term begins, with how much. */
  keys: Map<string, number>;
  lanes: Lanes<Entry>;
  signal: AbortSignal;
  /** What is known from before the term. */
  history: History;
  /** Attempts the entry; then `again` or `settled` is called with it. */
  run: (entry: Entry) => void;
  /** The entry is in PARKED now; resolves when that is recorded. */
  parkedAway: (entry: Entry) => Promise<void>;
  /** The oldest message of a key that was parked when the term began. */
  found: (ref: string) => void;
  /** All keys that were parked when the term began have been looked at. */
  allFound: () => void;
  /** Nothing of the key is parked any more. */
  drained: (key: string) => void;
  broken: (error: unknown) => void;
}

/** What a look came to: something is being tried, another look is needed, or nothing more for now. */
type Look = "tried" | "again" | "done";

/** Parked messages in memory at once, being read or tried: thousands of keys may be parked. */
const AT_ONCE = 32;
/** Keys found at the start are begun within this time, not all at once. */
const SPREAD_MS = 500;
/** How soon to look again whether what is being tried in a key's lane is done. */
const BUSY_MS = 50;
const RETRY = { initialMs: 1000, maxMs: 15_000 };

/**
 * Keys whose messages wait in the PARKED stream. While a key is parked its new messages go there too, so that order
 * holds; the oldest is tried, and deleted once its outcome is recorded, until none is left.
 */
export class ParkedLanes {
  readonly #o: ParkedLanesOptions;
  readonly #keys = new Map<string, ParkedKey>();
  /** Those of them whose head is a message of several keys. */
  readonly #merges = new Set<string>();
  readonly #mover: Mover;
  /** Keys parked since before the term that have not been looked at. */
  readonly #unseen: Set<string>;
  /** What earlier attempts came to, by `ref`: the payload need not stay in memory between them. */
  readonly #progress = new Map<string, Pick<Entry, "attempts" | "plan" | "settled" | "heldFor">>();
  readonly #looks: Looks;
  /** Keys whose head may not be delivered by the present configuration, with why: looked at again on `wake`. */
  readonly #held = new Map<string, string>();
  readonly #count: ParkedCount;

  constructor(options: ParkedLanesOptions) {
    this.#o = options;
    const { parking, lanes, signal, broken, parkedAway } = options;
    this.#mover = new Mover({
      parking,
      lanes,
      signal,
      broken,
      isParked: (key) => this.#keys.has(key),
      begin: (key) => this.#open(key),
      stored: (key) => this.#stored(key),
      moved: (entry) => {
        this.#count.add(entry.keys.length);
        return parkedAway(entry);
      },
    });
    this.#looks = new Looks(AT_ONCE, signal, (key) =>
      this.#look(key)
        .then((result) => this.#looked(key, result))
        .catch((error: unknown) => broken(error)),
    );
    this.#unseen = new Set(options.keys.keys());
    this.#count = new ParkedCount(options.deps);
    this.#count.add(0);
    for (const [key, count] of options.keys) {
      this.#count.add(count);
      this.#open(key);
      this.#later(key, options.deps.random() * SPREAD_MS);
    }
    if (this.#unseen.size === 0) options.allFound();
  }

  /** Whether the entry has to wait for parked messages: then it is moved behind them. */
  follow(entry: Entry): boolean {
    const parked = entry.keys.filter((key) => this.#keys.has(key));
    for (const key of parked) this.#mover.move(key);
    return parked.length > 0;
  }

  /** Parks an entry that is being tried; it is tried again in `delayMs`. */
  park(entry: Entry, delayMs = 0): void {
    this.#remember(entry);
    entry.busy = false;
    for (const key of entry.keys) {
      this.#open(key);
      this.#later(key, delayMs);
    }
    for (const key of entry.keys) this.#mover.move(key);
  }

  /** The parked entry's attempt failed: it is read and tried again in `delayMs`. */
  again(entry: Entry, delayMs = 0): void {
    this.#remember(entry);
    for (const key of entry.keys) {
      this.#headGone(key);
      this.#later(key, delayMs);
    }
    this.#looks.free();
  }

  /** What may not be delivered by the present configuration waits in PARKED until `wake`. */
  hold(entry: Entry, reason: string): void {
    for (const key of entry.keys) this.#held.set(key, reason);
    if (entry.copies.length > 0) this.again(entry);
    else this.park(entry);
  }

  /** Why nothing is tried under the entry's keys; undefined: it is. */
  heldFor(entry: Entry): string | undefined {
    return entry.keys.map((key) => this.#held.get(key)).find((reason) => reason !== undefined);
  }

  /** There is another configuration: what was held is tried by it at once. */
  wake(): void {
    for (const key of this.#held.keys()) this.#enqueue(key);
  }

  /** The parked entry's outcome is durable. Resolves when it is gone from PARKED. */
  async settled(entry: Entry): Promise<void> {
    for (const sequence of entry.copies) await this.#o.parking.remove(sequence);
    this.#count.add(-entry.copies.length);
    this.#progress.delete(entry.ref);
    for (const key of entry.keys) {
      const parked = this.#keys.get(key);
      if (parked) parked.settled = hubPosition(entry.ref) ?? parked.settled;
      this.#lookAnew(key);
    }
    this.#looks.free();
  }

  /** Something of the key was stored, maybe by somebody else: a replay. */
  arrived(key: string): void {
    if (this.#mover.isMoving(key)) return;
    this.#open(key);
    this.#stored(key);
  }

  /** Resolves when nothing of it is under way. */
  async idle(): Promise<void> {
    for (const { timer } of this.#keys.values()) clearTimeout(timer);
    await this.#mover.idle();
    await this.#looks.idle();
  }

  #remember({ ref, attempts, plan, settled, heldFor }: Entry): void {
    this.#progress.set(ref, { attempts, plan, settled, heldFor });
  }

  #open(key: string): ParkedKey {
    let parked = this.#keys.get(key);
    if (!parked) this.#keys.set(key, (parked = newKey()));
    return parked;
  }

  #stored(key: string): void {
    const parked = this.#keys.get(key);
    if (!parked) return;
    if (parked.looking) parked.again = true;
    else this.#later(key, 0);
  }

  #headGone(key: string): void {
    const parked = this.#keys.get(key);
    if (parked) parked.head = undefined;
    this.#merges.delete(key);
  }

  /** Looks at the key in `delayMs`, unless that is to happen anyway, or nothing is tried there. */
  #later(key: string, delayMs: number): void {
    const parked = this.#keys.get(key);
    if (!parked || parked.timer || parked.head || this.#held.has(key) || this.#o.signal.aborted) return;
    parked.timer = setTimeout(() => {
      parked.timer = undefined;
      this.#enqueue(key);
    }, delayMs);
  }

  #enqueue(key: string): void {
    this.#held.delete(key);
    const parked = this.#keys.get(key);
    if (!parked) return;
    if (parked.looking) {
      parked.again = true;
      return;
    }
    parked.looking = true;
    parked.again = false;
    this.#looks.add(key);
  }

  #looked(key: string, result: Look): void {
    const parked = this.#keys.get(key);
    if (parked) parked.looking = false;
    if (result === "again" || parked?.again === true) this.#enqueue(key);
    if (result !== "tried") this.#looks.free();
  }

  /** Takes the key's oldest parked message and has it tried. One look at a key at a time. */
  async #look(key: string): Promise<Look> {
    const parked = this.#keys.get(key);
    if (!parked || parked.head) return "done";
    const stored = await this.#o.parking.head(key).catch(() => "unavailable" as const);
    if (this.#o.signal.aborted) return "done";
    if (stored === "unavailable") return this.#lookIn(key, backoff(RETRY, 1, this.#o.deps.random));
    if (stored !== undefined) return this.#consider(key, parked, stored);
    this.#seen(key);
    if (parked.again) return "again";
    // What is on its way to PARKED is not there yet: `stored` tells when it is.
    if (!this.#mover.isMoving(key)) this.#drained(key, parked);
    return "done";
  }

  async #consider(key: string, parked: ParkedKey, stored: Stored): Promise<Look> {
    const found = fromParked(stored, this.#o.history);
    if (this.#seen(key)) this.#o.found(found.ref);
    const barrier = Number(stored.header(HEADER.barrier));
    // A second copy, or a barrier that outlived its message.
    if (barrier > 0 ? !(await this.#o.parking.holds(barrier)) : isSettled(found.ref, parked.settled))
      return this.#drop(found);
    if (found.keys.some((k) => this.#o.lanes.under(k)[0]?.busy)) return this.#lookIn(key, BUSY_MS);
    parked.head = { ref: found.ref, sequence: stored.sequence, keys: found.keys };
    if (found.keys.length > 1) this.#merges.add(key);
    if (isOvertaken(parked.head, this.#keys)) return this.#drop(found);
    for (const other of overtakenBy(key, this.#merges, this.#keys)) this.#lookAnew(other);
    return this.#together(found);
  }

  /** Takes it out. Whoever waits for it under its other keys looks again. */
  async #drop(found: Entry): Promise<Look> {
    for (const sequence of found.copies) await this.#o.parking.remove(sequence);
    this.#count.add(-found.copies.length);
    for (const key of found.keys) if (this.#keys.get(key)?.head?.ref === found.ref) this.#lookAnew(key);
    return "again";
  }

  #lookAnew(key: string): void {
    this.#headGone(key);
    this.#enqueue(key);
  }

  /** Tries a message that is the oldest under all of its keys. Of one of several keys the last look finds out. */
  #together(found: Entry): Look {
    const [first = ""] = found.keys;
    const heads = found.keys.map((key) => this.#keys.get(key)?.head);
    if (heads.some((head) => head?.ref !== found.ref)) return "done";
    const copies = heads.flatMap((head) => (head ? [head.sequence] : []));
    if (copies[0] === found.copies[0]) {
      this.#o.run({ ...found, ...this.#progress.get(found.ref), copies });
      return "tried";
    }
    // This look found a barrier. The message itself was found before, and not kept in memory: it is read again.
    this.#lookAnew(first);
    return "done";
  }

  #lookIn(key: string, delayMs: number): Look {
    this.#later(key, delayMs);
    return "done";
  }

  #drained(key: string, parked: ParkedKey): void {
    clearTimeout(parked.timer);
    this.#keys.delete(key);
    this.#merges.delete(key);
    this.#o.drained(key);
  }

  /** Whether this was the first look at a key that was parked before the term began. */
  #seen(key: string): boolean {
    const first = this.#unseen.delete(key);
    if (first && this.#unseen.size === 0) queueMicrotask(() => this.#o.allFound());
    return first;
  }
}
