/**
 * Order by key: of all items that share a key only the oldest is ready, and an item with several keys (a merge) is
 * ready when it is the oldest under each of them. Items without a key are always ready. Pure bookkeeping.
 */
export class Lanes<T extends { readonly keys: readonly string[] }> {
  readonly #lanes = new Map<string, T[]>();
  #size = 0;

  /** Items that were added and are not removed yet. */
  get size(): number {
    return this.#size;
  }

  /** Appends an item under each of its keys; tells whether it is ready at once. */
  add(item: T): boolean {
    this.#size++;
    for (const key of item.keys) {
      const lane = this.#lanes.get(key);
      if (lane) lane.push(item);
      else this.#lanes.set(key, [item]);
    }
    return this.isReady(item);
  }

  /** Removes an item wherever it stands; returns those that became ready by it. */
  remove(item: T): T[] {
    this.#size--;
    const heads = new Set<T>();
    for (const key of item.keys) {
      const lane = this.#lanes.get(key);
      if (!lane) continue;
      const at = lane.indexOf(item);
      if (at >= 0) lane.splice(at, 1);
      const [head] = lane;
      if (head === undefined) this.#lanes.delete(key);
      else if (at === 0) heads.add(head);
    }
    return [...heads].filter((head) => this.isReady(head));
  }

  /** The items under `key`, oldest first. */
  under(key: string): readonly T[] {
    return this.#lanes.get(key) ?? [];
  }

  /** Whether it is the oldest under each of its keys. */
  isReady(item: T): boolean {
    return item.keys.every((key) => this.#lanes.get(key)?.[0] === item);
  }
}
