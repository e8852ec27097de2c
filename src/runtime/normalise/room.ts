import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Hub } from "../../jetstream/hub.ts";
import { streamRoom } from "../../jetstream/streams.ts";

/** From this part of its bound on a hub stream is full for normalisers. */
const OPEN_TO_NORMALISERS = 0.9;
/** Part of the room left that is used before looking again: other adapters fill the same stream. */
const BEFORE_LOOKING_AGAIN = 0.25;
const LOOK_AGAIN_MS = 1000;

/**
 * Leaves the last tenth of a hub stream to the replies of targets. Without it a stream filled by originals alone would
 * stay full for ever: the delivery that has to end before anything can be purged could not publish its reply.
 */
export class Room {
  readonly #hub: Hub;
  readonly #clock: Clock;
  readonly #stream: string;
  /** Estimate of what is left for normalisers, bytes. */
  #free = 0;
  /** How much of that may be used before looking again. */
  #budget = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(hub: Hub, clock: Clock, stream: string) {
    this.#hub = hub;
    this.#clock = clock;
    this.#stream = stream;
  }

  /** Resolves when there is room for `bytes`; rejects with `StreamFull` when there is none, as the hub would. */
  async take(bytes: number): Promise<void> {
    const old = this.#clock.monotonic() - this.#lookedAt > LOOK_AGAIN_MS;
    if (old || this.#budget < bytes) await (this.#looking ??= this.#look().finally(() => (this.#looking = undefined)));
    if (this.#free < bytes) {
      throw new FasciaError("StreamFull", `${this.#stream}: what is left is kept for the replies of targets`);
    }
    this.#free -= bytes;
    this.#budget -= bytes;
  }

  async #look(): Promise<void> {
    const { bytes, maxBytes } = await streamRoom(this.#hub, this.#stream);
    this.#free = maxBytes * OPEN_TO_NORMALISERS - bytes;
    this.#budget = this.#free * BEFORE_LOOKING_AGAIN;
    this.#lookedAt = this.#clock.monotonic();
  }
}
