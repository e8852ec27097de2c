import type { Msg, Subscription } from "@nats-io/nats-core";
import { createInbox } from "@nats-io/nats-core";
import type { Clock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { type Delivered, parseDelivered } from "./delivered.ts";
import type { Hub } from "./hub.ts";
import { oldestUnacknowledged } from "./oldest.ts";
import { pinnedClients } from "./pins.ts";

/**
 * A worker's hold on a durable pull consumer with priority policy `pinned_client` (ADR-42 of NATS): of all processes
 * that pull, the server feeds one. A *term* is one unbroken stretch of being that one, with every delivery seen in
 * order; whatever breaks it (another pin, a reconnect, a lost delivery) ends the term, and a new one begins with a
 * take-over: `takeOver` settles what the last term left, then the consumer is reset to its ack floor, so that
 * everything not yet acknowledged comes again in stream order.
 */
export interface TermHandlers {
  /**
   * The pin is ours, nothing is delivered yet. `oldest`: when the oldest message that is not acknowledged was stored,
   * undefined for none. Resolves when what earlier terms did is known. Rejecting retries.
   */
  takeOver(oldest: number | undefined): Promise<void>;
  /** The next message of the term. Must not throw. */
  message(message: Delivered): void;
  /** Nobody holds the pin, and the consumer has nothing that would be delivered to get it. Called again and again. */
  idle?(): Promise<void>;
  /**
   * The term is over: deliveries of it can no longer be acknowledged. Resolves when nothing of it is under way. `error`
   * says why where it could not even begin.
   */
  ended(reason: string, error?: unknown): Promise<void>;
}

export interface PinnedOptions {
  stream: string;
  consumer: string;
  /** Messages asked for at once. */
  batch: number;
  clock: Clock;
}

/** Priority group of all our consumers; the server demands one. */
export const PRIORITY_GROUP = "worker";
/** After this long without a pull the server gives the pin to somebody else. */
export const PRIORITY_TIMEOUT_MS = 8000;
/** A worker stops starting work this long before its pin could lapse. */
const PIN_MARGIN_MS = 2500;
const EXPIRES_MS = 4000;
const HEARTBEAT_MS = 1000;
const RETRY_MS = 500;
const UNPIN_MS = 1000;

type State = "waiting" | "takingOver" | "active" | "stopped";

export class PinnedConsumer {
  readonly #hub: Hub;
  readonly #options: PinnedOptions;
  readonly #handlers: TermHandlers;
  readonly #stopping = new AbortController();
  #state: State = "waiting";
  #subscription: Subscription | undefined;
  #inbox = "";
  /** `restart` was called since the take-over began. */
  #anew = false;
  #pinId = "";
  #asked = 0;
  #expected = 0;
  #lastHeard = 0;
  #lastPull = 0;
  #transition: Promise<void> = Promise.resolve();

  constructor(hub: Hub, options: PinnedOptions, handlers: TermHandlers) {
    this.#hub = hub;
    this.#options = options;
    this.#handlers = handlers;
  }

  /** Begins to pull; goes on until `stop`. */
  start(): void {
    this.#listen();
    void this.#watchConnection();
    void this.#watchSilence();
  }

  /** Ends the term in order, and gives the pin away, so that another process need not wait until it lapses. */
  async stop(): Promise<void> {
    if (this.#state === "stopped") return this.#transition;
    const wasActive = this.#state === "active";
    this.#state = "stopped";
    this.#stopping.abort();
    this.#subscription?.unsubscribe();
    await this.#transition;
    if (wasActive) await this.#handlers.ended("stopping");
    if (this.#pinId !== "") await this.#unpin();
  }

  /** A courtesy: without it the pin lapses by itself. Only if it is still ours, for it may have moved meanwhile. */
  async #unpin(): Promise<void> {
    const { stream, consumer } = this.#options;
    this.#hub.outbox.flush();
    const ask = (verb: string, payload?: string) =>
      this.#hub.nc.request(`${this.#hub.api}.CONSUMER.${verb}.${stream}.${consumer}`, payload, { timeout: UNPIN_MS });
    try {
      if (!pinnedClients((await ask("INFO")).json()).includes(this.#pinId)) return;
      await ask("UNPIN", JSON.stringify({ group: PRIORITY_GROUP }));
    } catch {
      // The hub is gone, and with it the pin.
    }
  }

  /** Ends the present term and begins a new one: what is not acknowledged comes again. */
  restart(): void {
    this.#anew = true;
    this.#end("asked to begin anew", false);
  }

  /** Whether this process is the pinned one, with margin: false means that nothing new may be begun. */
  get holdsPin(): boolean {
    return this.#state === "active" && this.#sinceHeard() < PRIORITY_TIMEOUT_MS - PIN_MARGIN_MS;
  }

  /** Milliseconds since the server last answered a pull, with a message or a heartbeat: the sign that pulling works. */
  get silentForMs(): number {
    return this.#sinceHeard();
  }

  get state(): State {
    return this.#state;
  }

  #sinceHeard(): number {
    return this.#options.clock.monotonic() - this.#lastHeard;
  }

  /** A new inbox for each term: what was sent to the old one has no interest any more and is not delivered. */
  #listen(): void {
    this.#subscription?.unsubscribe();
    this.#inbox = createInbox(this.#hub.inboxPrefix);
    this.#subscription = this.#hub.nc.subscribe(this.#inbox, { callback: (_error, msg) => this.#receive(msg) });
    this.#asked = 0;
    this.#expected = 0;
    this.#lastHeard = this.#options.clock.monotonic();
    this.#pull();
  }

  #pull(): void {
    const { stream, consumer } = this.#options;
    // The first delivery of a pin is only its announcement: the reset brings it again.
    const batch = this.#state === "waiting" ? 1 : this.#options.batch;
    const missing = batch - this.#asked;
    if (missing <= 0 || this.#hub.nc.isClosed()) return;
    this.#asked = batch;
    this.#lastPull = this.#options.clock.monotonic();
    const request = {
      batch: missing,
      expires: EXPIRES_MS * 1_000_000,
      idle_heartbeat: HEARTBEAT_MS * 1_000_000,
      ...this.#claim,
    };
    const subject = `${this.#hub.api}.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    this.#hub.outbox.send({ subject, data: JSON.stringify(request), reply: this.#inbox });
  }

  /** What a pull says of the pin. */
  get #claim(): { group: string; id?: string } {
    return { group: PRIORITY_GROUP, ...(this.#pinId !== "" && { id: this.#pinId }) };
  }

  #receive(msg: Msg | undefined): void {
    if (!msg || this.#state === "stopped") return;
    this.#lastHeard = this.#options.clock.monotonic();
    if (msg.subject === this.#inbox) this.#status(msg);
    else this.#deliver(msg);
  }

  /** Statuses come on the inbox itself: 100 heartbeat, 404/408 nothing left of a pull, 409 limits, 423 not pinned any more. */
  #status(msg: Msg): void {
    const code = msg.headers?.code ?? 0;
    if (code === 100) {
      if (this.#options.clock.monotonic() - this.#lastPull > EXPIRES_MS) this.#askAgain();
      return;
    }
    const left = Number(msg.headers?.get("Nats-Pending-Messages") ?? 0);
    this.#asked = Math.max(0, this.#asked - left);
    if (code === 423) return this.#end("another process holds the pin", true);
    if (code === 404 || code === 408) this.#pull();
    // 409 (limits, consumer gone) and 503 (no responders): silence follows, and #watchSilence asks again.
  }

  #deliver(msg: Msg): void {
    const delivered = parseDelivered(msg, this.#hub.outbox);
    const pinId = delivered.header("Nats-Pin-Id");
    if (this.#state === "waiting") {
      this.#pinId = pinId;
      return this.#begin();
    }
    if (this.#state !== "active") return;
    if (pinId !== "" && pinId !== this.#pinId) return this.#end("the pin changed", true);
    if (this.#expected !== 0 && delivered.consumerSequence !== this.#expected)
      return this.#end("a delivery was lost", false);
    this.#expected = delivered.consumerSequence + 1;
    this.#asked--;
    this.#handlers.message(delivered);
    if (this.#asked <= this.#options.batch / 2) this.#pull();
  }

  /** First delivery under a pin: drop it, settle the past, reset, then really begin. */
  #begin(): void {
    this.#state = "takingOver";
    this.#subscription?.unsubscribe();
    this.#transition = this.#transition.then(() => this.#takeOver());
  }

  async #takeOver(): Promise<void> {
    this.#anew = false;
    try {
      await this.#reset();
      const { stream, consumer } = this.#options;
      await this.#handlers.takeOver(await oldestUnacknowledged(this.#hub, stream, consumer, this.#claim));
      if (this.#state !== "takingOver") return await this.#handlers.ended("stopping");
      await this.#reset();
      if (this.#state !== "takingOver") return await this.#handlers.ended("stopping");
      if (this.#anew) throw new FasciaError("Aborted", "the term could not go on when it had hardly begun");
      this.#state = "active";
      this.#listen();
    } catch (error) {
      // Whatever failed (the hub gone again, fenced by somebody else) is answered the same way: from the beginning.
      await this.#handlers.ended("the take-over failed", error);
      await this.#options.clock.sleep(RETRY_MS, this.#stopping.signal);
      if (this.#state === "takingOver") this.#wait();
    }
  }

  #wait(): void {
    this.#state = "waiting";
    this.#pinId = "";
    this.#listen();
  }

  async #reset(): Promise<void> {
    const { stream, consumer } = this.#options;
    // What was acknowledged before must not come again.
    this.#hub.outbox.flush();
    const reply = await this.#hub.nc.request(`${this.#hub.api}.CONSUMER.RESET.${stream}.${consumer}`, undefined, {
      timeout: 5000,
    });
    const { error } = reply.json<{ error?: { err_code: number } }>();
    if (error) throw new Error(`consumer reset refused (${error.err_code})`);
  }

  /** Ends the term. With the pin still ours the next one begins at once, otherwise with the next pin. */
  #end(reason: string, pinLost: boolean): void {
    if (pinLost) this.#pinId = "";
    if (this.#state === "waiting") return this.#askAgain();
    if (this.#state !== "active") return;
    this.#state = "takingOver";
    this.#subscription?.unsubscribe();
    this.#transition = this.#transition.then(async () => {
      await this.#handlers.ended(reason);
      if (this.#state !== "takingOver") return;
      if (pinLost) this.#wait();
      else await this.#takeOver();
    });
  }

  #askAgain(): void {
    this.#asked = 0;
    this.#pull();
  }

  async #watchConnection(): Promise<void> {
    for await (const status of this.#hub.nc.status()) {
      if (this.#state === "stopped") return;
      if (status.type !== "reconnect") continue;
      if (this.#state === "active") this.#end("the connection was renewed", false);
      else if (this.#state === "waiting") this.#listen();
    }
  }

  /** Pulls end silently when the server restarts or the consumer moves: ask again after two missed heartbeats. */
  async #watchSilence(): Promise<void> {
    const { clock } = this.#options;
    while (!this.#stopping.signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, this.#stopping.signal);
      const quiet = Math.min(this.#sinceHeard(), clock.monotonic() - this.#lastPull);
      if (this.#state === "takingOver") continue;
      if (quiet > 2.5 * HEARTBEAT_MS) this.#askAgain();
      if (this.#state === "waiting") await this.#rouse();
    }
  }

  /**
   * What a dead predecessor left unacknowledged is delivered to nobody until the ack wait is over, and without a
   * delivery there is no pin. Once nobody holds the pin a reset brings it at once. Where nothing is left to deliver
   * the owner is told: it may have other work that takes the pin.
   */
  async #rouse(): Promise<void> {
    try {
      const info = await this.#hub.jsm.consumers.info(this.#options.stream, this.#options.consumer);
      const pinned = pinnedClients(info).some((id) => id !== "");
      if (pinned || this.#state !== "waiting") return;
      if (info.num_ack_pending > 0) await this.#reset();
      else if (info.num_pending === 0) await this.#handlers.idle?.();
    } catch {
      // The hub is gone or the consumer not made yet: the next round looks again, and health tells meanwhile.
    }
  }
}
