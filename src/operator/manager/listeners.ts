/** Those who want to hear of something, until each of them has heard enough. */
export class Listeners<T = void> {
  readonly #all = new Set<(what: T) => void>();

  /** Returns how to end that. */
  add(listener: (what: T) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(what: T): void {
    for (const listener of this.#all) listener(what);
  }
}
