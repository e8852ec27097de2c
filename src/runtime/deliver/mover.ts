import { HEADER } from "../../jetstream/headers.ts";
import { type Entry, parkedHeaders } from "./entry.ts";
import type { Lanes } from "./lanes.ts";
import type { Parking } from "./parking.ts";

export interface MoverOptions {
  parking: Parking;
  lanes: Lanes<Entry>;
  signal: AbortSignal;
  /** Whether what follows under the key has to wait behind parked messages. */
  isParked: (key: string) => boolean;
  /** From now on something of the key is parked. */
  begin: (key: string) => void;
  /** Something of the key was stored in PARKED. */
  stored: (key: string) => void;
  /** The entry is in PARKED with all that belongs to it; resolves when that is recorded. */
  moved: (entry: Entry) => Promise<void>;
  broken: (error: unknown) => void;
}

/**
 * Moves what stands in the lanes of parked keys to the PARKED stream, in order. A message of several keys (a merge) is
 * moved once it is the oldest under each of them: itself under its first key, and under each other one a barrier that
 * holds its place there and names it by its sequence, so that nothing behind it gets past it.
 */
export class Mover {
  readonly #o: MoverOptions;
  /** Keys whose lanes are being moved. */
  readonly #keys = new Map<string, Promise<void>>();
  readonly #entries = new Set<Entry>();

  constructor(options: MoverOptions) {
    this.#o = options;
  }

  /** Whether something may be stored under the key any moment. */
  isMoving(key: string): boolean {
    return this.#keys.has(key) || [...this.#entries].some((entry) => entry.keys.includes(key));
  }

  move(key: string): void {
    if (this.#keys.has(key)) return;
    const work = this.#moveAll(key)
      .catch((error: unknown) => this.#o.broken(error))
      .finally(() => {
        this.#keys.delete(key);
        if (this.#movable(key)) this.move(key);
        else this.#o.stored(key);
      });
    this.#keys.set(key, work);
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#keys.values());
  }

  async #moveAll(key: string): Promise<void> {
    for (let head = this.#movable(key); head; head = this.#movable(key)) {
      this.#entries.add(head);
      await this.#moveOne(head);
      this.#o.lanes.remove(head);
      this.#entries.delete(head);
      for (const other of head.keys) if (other !== key) this.move(other);
    }
  }

  async #moveOne(entry: Entry): Promise<void> {
    const { parking, signal } = this.#o;
    const [first = "", ...others] = entry.keys;
    for (const key of entry.keys) this.#o.begin(key);
    const headers = parkedHeaders(entry);
    const sequence = await parking.park(first, `park.${entry.ref}`, entry.data, headers, signal);
    const barrier = { ...headers, [HEADER.barrier]: String(sequence) };
    for (const key of others) await parking.park(key, `park.${entry.ref}.${key}`, new Uint8Array(), barrier, signal);
    for (const key of entry.keys) this.#o.stored(key);
    await this.#o.moved(entry);
  }

  /** The lane's head, where it may be moved: not while it is being tried, nor before it is the oldest under all its keys. */
  #movable(key: string): Entry | undefined {
    const [head] = this.#o.lanes.under(key);
    if (!head || head.busy || this.#entries.has(head) || this.#o.signal.aborted) return undefined;
    return this.#o.isParked(key) && this.#o.lanes.isReady(head) ? head : undefined;
  }
}
