import { bucketOf } from "../../compile/bucket.ts";
import { STORED_PREFIX, keyOfParkedSubject, parkedPrefix, parkedStream, parkedSubject } from "../../compile/names.ts";
import { type Stored, getMessage, nextMessage } from "../../jetstream/read.ts";
import { deleteMessage, streamSize, subjectsOf, subscribe } from "../../jetstream/streams.ts";
import type { Deps } from "../deps.ts";
import { publishPatiently } from "../publish.ts";

/** The PARKED stream of one worker: by key, in order, durable. */
export class Parking {
  readonly #deps: Deps;
  readonly #domain: string;
  readonly #stream: string;

  constructor(deps: Deps, domain: string) {
    this.#deps = deps;
    this.#domain = domain;
    this.#stream = parkedStream(deps.adapter);
  }

  /** Keys that have anything parked, with how much. */
  async keys(): Promise<Map<string, number>> {
    const counts = await subjectsOf(
      this.#deps.hub,
      this.#stream,
      `${parkedPrefix(this.#deps.adapter, this.#domain)}.>`,
    );
    return new Map([...counts].map(([subject, count]) => [keyOfParkedSubject(subject), count]));
  }

  /** Calls back with the key whenever anything was stored, by whomever: a replay arrives this way. */
  onParked(callback: (key: string) => void): () => void {
    // A subscription to the messages themselves may be told before the stream has them.
    const filter = `${STORED_PREFIX}.${parkedPrefix(this.#deps.adapter, this.#domain)}.>`;
    return subscribe(this.#deps.hub, filter, (subject) => callback(keyOfParkedSubject(subject)));
  }

  /**
   * Appends to the key's parked messages; resolves with the sequence. `id` identifies the message: parked once. Rejects
   * only when `signal` aborts.
   */
  async park(
    key: string,
    id: string,
    data: Uint8Array,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<number> {
    const subject = parkedSubject(this.#deps.adapter, this.#domain, bucketOf(key), key);
    const options = { headers, msgId: id, signal };
    return (await publishPatiently(this.#deps, subject, data, options, "parking is waiting")).sequence;
  }

  /** The oldest parked message of the key. */
  head(key: string): Promise<Stored | undefined> {
    return nextMessage(
      this.#deps.hub,
      this.#stream,
      parkedSubject(this.#deps.adapter, this.#domain, bucketOf(key), key),
      1,
    );
  }

  /** Whether a parked message is still there. */
  async holds(sequence: number): Promise<boolean> {
    return (await getMessage(this.#deps.hub, this.#stream, sequence)) !== undefined;
  }

  /** Whether anything is parked for this adapter, in whichever domain. */
  async any(): Promise<boolean> {
    return (await streamSize(this.#deps.hub, this.#stream)) > 0;
  }

  /** Takes a message out, after its outcome is recorded. */
  remove(sequence: number): Promise<void> {
    return deleteMessage(this.#deps.hub, this.#stream, sequence);
  }
}
