/** What was begun last under each name: one after another under a name, side by side otherwise. */
export class Tails {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Does `work` after all that was begun under any of `names`; a failure there fails it, too. */
  append<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = Promise.all(names.map((name) => this.#last.get(name) ?? Promise.resolve()));
    const doing = before.then(work);
    for (const name of names) this.#last.set(name, doing);
    // Whoever waits for it sees the failure; the tail alone must not raise it a second time.
    doing.catch(() => {});
    return doing;
  }
}
