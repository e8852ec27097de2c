import type { Socket } from "node:net";
import { type buildConnector, Client } from "undici";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Dial } from "./dial.ts";
import type { Exchange, HttpRequest } from "./exchange.ts";
import { Recorder } from "./recorder.ts";

/** Connecting takes at most this long, and never longer than a request may. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * One HTTP/1.1 connection that is kept alive, for one request at a time. It is dialled before a request is handed to
 * it: a peer that cannot be reached is known before anything is written, and even before an intent is recorded.
 */
export class Connection {
  readonly #client: Client;
  readonly #dial: Dial;
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  #dialled: Socket | undefined;

  constructor(origin: string, dial: Dial, clock: Clock, timeoutMs: number) {
    this.#dial = dial;
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
    this.#client = new Client(origin, {
      connect: (_options, callback) => void this.#hand(callback),
      allowH2: false,
      pipelining: 1,
      // Time-outs are counted by the injected clock, over the request as a whole.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get isOpen(): boolean {
    return this.#client.stats.connected || this.#dialled?.destroyed === false;
  }

  /** Connects unless it is connected. Rejects when the peer cannot be reached in time, or when `signal` aborts. */
  async open(signal: AbortSignal): Promise<void> {
    if (this.isOpen) return;
    const socket = await this.#connect(signal);
    // HTTP servers speak second: whatever comes before the request, its end included, makes the connection useless.
    socket.once("readable", destroyUnused);
    this.#dialled = socket;
  }

  /** Sends and waits for the answer, at most the time that a request may take; never rejects. */
  async request(request: HttpRequest, maxBodyBytes: number, signal: AbortSignal): Promise<Exchange> {
    const recorder = new Recorder(maxBodyBytes);
    const abort = () => recorder.giveUp("Aborted");
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    const cancel = this.#clock.after(this.#timeoutMs, () => recorder.giveUp("TimedOut"));
    try {
      this.#client.dispatch(request, recorder);
      return await recorder.exchange;
    } catch (error) {
      return { kind: "NotSent", error };
    } finally {
      cancel();
      signal.removeEventListener("abort", abort);
    }
  }

  /** Closes it. A request under way is cut off. */
  async close(): Promise<void> {
    this.#dialled?.destroy();
    await this.#client.destroy();
  }

  /** Gives undici what to write to: the connection made by `open`, or, when that was lost since, a new one. */
  async #hand(callback: buildConnector.Callback): Promise<void> {
    const dialled = this.#dialled?.off("readable", destroyUnused);
    this.#dialled = undefined;
    // undici looks for requests to write once the callback has run, but not when it runs within this very call.
    await Promise.resolve();
    let socket: Socket;
    try {
      socket = dialled?.destroyed === false ? dialled : await this.#connect(new AbortController().signal);
    } catch (error) {
      return callback(error instanceof Error ? error : new FasciaError("ConnectFailed", "connecting failed"), null);
    }
    callback(null, socket);
  }

  /** Connects within the time allowed. */
  async #connect(signal: AbortSignal): Promise<Socket> {
    const late = new AbortController();
    const cancel = this.#clock.after(Math.min(CONNECT_TIMEOUT_MS, this.#timeoutMs), () => late.abort());
    try {
      return await this.#dial(AbortSignal.any([signal, late.signal]));
    } finally {
      cancel();
    }
  }
}

function destroyUnused(this: Socket): void {
  this.destroy();
}
