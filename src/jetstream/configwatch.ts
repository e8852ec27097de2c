import { systemClock } from "../base/clock.ts";
import type { AdapterConfig } from "../compile/config.ts";
import type { Hub } from "./hub.ts";
import { subscribe } from "./streams.ts";

/** How often it is looked whether a change went unheard, e.g. while the connection was away. */
const LOOK_MS = 5000;
/** A replica that is asked may not have yet what was told: then it is asked again after these. */
const AGAIN_MS = [100, 400, 1000];

/** Who follows a configuration. */
export interface ConfigFollower {
  /** Takes it over, undefined where it was withdrawn. False: not now, perhaps later; it is offered again within seconds. */
  take(config: AdapterConfig | undefined): Promise<boolean>;
  /** Told of each look that failed, but for the first one, which `run` rejects with. It is looked again within seconds. */
  failed(error: unknown): void;
}

/** What there is now; `Incomplete` while it is being written. */
export type Present = AdapterConfig | "None" | "Incomplete";

/** Tells of the present configuration, then of every change of it, one at a time. */
export class ConfigWatch {
  readonly #hub: Hub;
  readonly #told: string;
  readonly #read: () => Promise<Present>;
  readonly #follower: ConfigFollower;
  readonly #signal: AbortSignal;
  /** Revision that was taken or refused for good; undefined while one is to be offered again. */
  #seen: string | undefined = "";
  #turn: Promise<unknown> = Promise.resolve();

  /** `told`: the subject on which the server says that there is something new. */
  constructor(hub: Hub, told: string, read: () => Promise<Present>, follower: ConfigFollower, signal: AbortSignal) {
    this.#hub = hub;
    this.#told = told;
    this.#read = read;
    this.#follower = follower;
    this.#signal = signal;
  }

  /** Ends when the signal aborts. Rejects only when the first look fails. */
  async run(): Promise<void> {
    const deaf = subscribe(this.#hub, this.#told, () => void this.#heard());
    try {
      await this.#look();
      while (!this.#signal.aborted) {
        await systemClock.sleep(LOOK_MS, this.#signal);
        await this.#look().catch((error: unknown) => this.#follower.failed(error));
      }
      await this.#turn;
    } finally {
      deaf();
    }
  }

  /** What is told is only a reason to look. */
  async #heard(): Promise<void> {
    for (const wait of AGAIN_MS) {
      // A look that fails is made again, and told of by the one that comes every few seconds.
      if (await this.#look().catch(() => false)) return;
      await systemClock.sleep(wait, this.#signal);
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
    this.#seen = (await this.#follower.take(present === "None" ? undefined : present)) ? revision : undefined;
    return !again;
  }
}
