import type { KV, KvWatchEntry } from "@nats-io/kv";
import type { QueuedIterator } from "@nats-io/nats-core";
import { systemClock } from "../base/clock.ts";
import type { AdapterConfig } from "../compile/config.ts";

/** How often it is looked whether a change went unheard: a watcher whose consumer was deleted says nothing of it. */
const LOOK_MS = 5000;

/** Takes a configuration over. False: it can't be taken now, perhaps later; it is offered again within seconds. */
export type TakeConfig = (config: AdapterConfig | undefined) => Promise<boolean>;

/** What there is now; `Incomplete` while it is being written. */
export type Present = AdapterConfig | "None" | "Incomplete";

/** Tells of the present configuration, then of every change of it, one at a time. */
export class ConfigWatch {
  readonly #kv: KV;
  readonly #key: string;
  readonly #read: () => Promise<Present>;
  readonly #take: TakeConfig;
  readonly #signal: AbortSignal;
  /** Revision that was taken or refused for good; undefined while one is to be offered again. */
  #seen: string | undefined = "";
  #turn: Promise<unknown> = Promise.resolve();
  #watcher: QueuedIterator<KvWatchEntry> | undefined;

  constructor(kv: KV, key: string, read: () => Promise<Present>, take: TakeConfig, signal: AbortSignal) {
    this.#kv = kv;
    this.#key = key;
    this.#read = read;
    this.#take = take;
    this.#signal = signal;
  }

  /** Ends when the signal aborts. Rejects only when the first look fails. */
  async run(): Promise<void> {
    this.#signal.addEventListener("abort", () => this.#watcher?.stop(), { once: true });
    await this.#look();
    void this.#listen();
    while (!this.#signal.aborted) {
      await systemClock.sleep(LOOK_MS, this.#signal);
      // Found by looking, hence not heard: the watcher is deaf.
      if (await this.#look().catch(() => true)) this.#watcher?.stop();
    }
    await this.#turn;
  }

  /** Each event is only a reason to look. When the watcher ends another one takes its place. */
  async #listen(): Promise<void> {
    while (!this.#signal.aborted) {
      try {
        this.#watcher = await this.#kv.watch({ key: this.#key });
        if (this.#signal.aborted) this.#watcher.stop();
        for await (const _event of this.#watcher) await this.#look();
      } catch {
        // The hub is away or the bucket is: the looks between go on, and health tells meanwhile.
      }
      await systemClock.sleep(LOOK_MS / 5, this.#signal);
    }
  }

  /** Resolves to whether there was anything new. */
  #look(): Promise<boolean> {
    const look = this.#turn.then(() => this.#lookNow());
    this.#turn = look.catch(() => {});
    return look;
  }

  async #lookNow(): Promise<boolean> {
    if (this.#signal.aborted) return false;
    const present = await this.#read();
    if (present === "Incomplete") return false;
    const revision = present === "None" ? "" : present.revision;
    if (revision === this.#seen) return false;
    const again = this.#seen === undefined;
    this.#seen = (await this.#take(present === "None" ? undefined : present)) ? revision : undefined;
    return !again;
  }
}
