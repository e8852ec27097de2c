import { type FSWatcher, watch } from "node:fs";
import { type Clock, systemClock } from "../base/clock.ts";
import { type Found, findManifestFiles, unlessGone } from "./manifestfiles.ts";

export interface WatchOptions {
  clock?: Pick<Clock, "monotonic" | "sleep">;
  /** Nothing may have happened for so long before a change counts: editors and `git checkout` write in several steps. */
  quietMs?: number;
  /** But after so long it counts although more keeps happening. */
  patienceMs?: number;
  /** How often to look without having been told: some file systems tell nothing (network, shared with a host). */
  pollMs?: number;
}

export interface Watch {
  /** Resolves when `onChange` has ended and will not be called again. */
  close(): Promise<void>;
}

/**
 * Calls `onChange` after manifests beneath `dir` were written, renamed, added or removed, once for changes that come
 * together and never twice at a time. Resolves when the first state is known: load after that, and no change goes
 * unseen. Notifications of the file system only make it quick: what decides is whether the files differ.
 * `onChange` must not reject.
 */
export async function watchManifests(
  dir: string,
  onChange: () => Promise<void>,
  options: WatchOptions = {},
): Promise<Watch> {
  const settings: Required<WatchOptions> = {
    clock: systemClock,
    quietMs: 100,
    patienceMs: 1000,
    pollMs: 2000,
    ...options,
  };
  const closing = new AbortController();
  const hints = new Hints(closing.signal);
  let seen = await look(dir, hints);

  async function follow(): Promise<void> {
    while (!closing.signal.aborted) {
      await hints.next(settings.pollMs, settings.clock);
      await settle(hints, settings);
      if (closing.signal.aborted) return;
      const now = await look(dir, hints);
      if (now === seen) continue;
      seen = now;
      await onChange();
    }
  }
  const following = follow();
  return {
    close: async () => {
      closing.abort();
      hints.close();
      await following;
    },
  };
}

/** Waits until no hint has come for `quietMs`. */
async function settle(hints: Hints, settings: Required<WatchOptions>): Promise<void> {
  const { clock, quietMs, patienceMs } = settings;
  const begun = clock.monotonic();
  while (clock.monotonic() - begun < patienceMs) if (!(await hints.next(quietMs, clock))) return;
}

/** What tells one state of the files from another; brings the watched directories up to date on the way. */
async function look(dir: string, hints: Hints): Promise<string> {
  const found = await unlessGone(findManifestFiles(dir));
  hints.watch(found?.directories ?? []);
  return (found?.files ?? []).map(fingerprint).join("\n");
}

const fingerprint = ({ path, stats }: Found): string =>
  [path, stats.ino, stats.size, stats.mtimeMs, stats.ctimeMs].join(" ");

/** The file system's notifications, reduced to "something may have happened". */
class Hints {
  /** By path and inode: a directory that was made anew is another one. */
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #closing: AbortSignal;
  #pending = false;
  #wake: () => void = () => {};

  constructor(closing: AbortSignal) {
    this.#closing = closing;
  }

  /** Watches exactly `directories` from now on. */
  watch(directories: Found[]): void {
    const wanted = new Map(directories.map(({ path, stats }) => [`${stats.dev} ${stats.ino} ${path}`, path]));
    for (const [id, watcher] of this.#watchers) if (!wanted.has(id)) this.#drop(id, watcher);
    for (const [id, path] of wanted) if (!this.#watchers.has(id)) this.#add(id, path);
  }

  /** True as soon as there is a hint since the last call; false after `ms` without one. */
  async next(ms: number, clock: Pick<Clock, "sleep">): Promise<boolean> {
    if (!this.#pending && !this.#closing.aborted) {
      const woken = new AbortController();
      this.#wake = () => woken.abort();
      await clock.sleep(ms, woken.signal);
    }
    const hinted = this.#pending;
    this.#pending = false;
    return hinted;
  }

  close(): void {
    this.watch([]);
    this.#wake();
  }

  /** Where watching fails or ends (too many watches, no support), looking now and then still finds the change. */
  #add(id: string, path: string): void {
    try {
      const watcher = watch(path, () => this.#hint());
      watcher.on("error", () => this.#drop(id, watcher));
      this.#watchers.set(id, watcher);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    }
  }

  #hint(): void {
    this.#pending = true;
    this.#wake();
  }

  #drop(id: string, watcher: FSWatcher): void {
    watcher.close();
    this.#watchers.delete(id);
  }
}
