import { setImmediate as turn } from "node:timers/promises";
import { FasciaError } from "../../base/errors.ts";

/** What the pool must know of a connection. */
export interface Pooled {
  /** False once the peer has closed it or anything went wrong on it. */
  readonly usable: boolean;
  close(): Promise<void>;
}

export interface PoolOptions<C extends Pooled> {
  size: number;
  keepOpen: boolean;
  connect(signal: AbortSignal): Promise<C>;
}

/** A connection that belongs to one user until released. */
export interface Lease<C> {
  connection: C;
  release(): void;
}

/** A place for one connection. The peer never sees more connections than there are places. */
interface Place<C> {
  connection?: C | undefined;
  /** The last connection's goodbye, which the next one waits for. */
  closing?: Promise<void> | undefined;
}

/** Up to `size` connections, made when needed and kept for the next user. Users are served in the order they came. */
export class Pool<C extends Pooled> {
  readonly #options: PoolOptions<C>;
  readonly #free: Place<C>[];
  readonly #waiting: ((place: Place<C>) => void)[] = [];
  #closed = false;
  #leases = 0;
  #idle: (() => void) | undefined;

  constructor(options: PoolOptions<C>) {
    this.#options = options;
    this.#free = Array.from({ length: options.size }, () => ({}));
  }

  /** Rejects with FasciaError `PoolClosed` after `close` or when `signal` aborts, and with what `connect` rejects with. */
  async acquire(signal: AbortSignal): Promise<Lease<C>> {
    const place = await this.#take(signal);
    try {
      const connection = await this.#connected(place, signal);
      return { connection, release: once(() => this.#giveBack(place)) };
    } catch (error) {
      this.#giveBack(place);
      throw error;
    }
  }

  /** Closes what is idle, then what is released. Never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const place of this.#free) this.#disconnect(place);
    if (this.#leases > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
    await Promise.all(this.#free.map(async (place) => place.closing));
  }

  async #take(signal: AbortSignal): Promise<Place<C>> {
    if (this.#closed) throw stopping();
    this.#leases++;
    const place = this.#free.pop();
    if (place !== undefined) return place;
    return new Promise((resolve, reject) => {
      const give = (free: Place<C>): void => {
        signal.removeEventListener("abort", giveUp);
        resolve(free);
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        this.#leases--;
        reject(new FasciaError("PoolClosed", "given up before a connection was free"));
      };
      this.#waiting.push(give);
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  async #connected(place: Place<C>, signal: AbortSignal): Promise<C> {
    if (this.#closed) throw stopping();
    if (place.connection !== undefined) {
      // A whole turn of the event loop, so that a close of the peer that is already here is seen.
      await turn();
      await turn();
      if (place.connection.usable) return place.connection;
      place.connection = undefined;
    }
    await place.closing;
    place.connection = await this.#options.connect(signal);
    return place.connection;
  }

  #giveBack(place: Place<C>): void {
    if (this.#closed || !this.#options.keepOpen || place.connection?.usable !== true) this.#disconnect(place);
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next(place);
      this.#leases--;
      return;
    }
    this.#free.push(place);
    this.#leases--;
    if (this.#leases === 0) this.#idle?.();
  }

  #disconnect(place: Place<C>): void {
    if (place.connection?.usable === true) place.closing = place.connection.close();
    place.connection = undefined;
  }
}

const stopping = (): FasciaError => new FasciaError("PoolClosed", "the adapter is stopping");

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (!done) action();
    done = true;
  };
}
