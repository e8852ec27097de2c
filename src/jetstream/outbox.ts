import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";

/** A message to be published. */
export interface Outgoing {
  subject: string;
  data: Uint8Array | string;
  reply?: string;
  headers?: MsgHdrs;
  /** Told where the client refuses it, e.g. because the connection is closed. What is lost without harm has none. */
  refused?: (error: unknown) => void;
}

/**
 * Publishes what gathers in one turn of the event loop together. The client by itself writes to the socket at the next
 * microtask, which comes to a system call for nearly every message: more than all the rest of publishing it.
 */
export class Outbox {
  readonly #nc: NatsConnection;
  #waiting: Outgoing[] = [];

  constructor(nc: NatsConnection) {
    this.#nc = nc;
  }

  /** Publishes in the order of calls, at the end of this turn of the event loop. */
  send(message: Outgoing): void {
    if (this.#waiting.push(message) === 1) setImmediate(() => this.flush());
  }

  /** Publishes at once what is waiting: before anything that has to come after it and goes another way. */
  flush(): void {
    const messages = this.#waiting;
    this.#waiting = [];
    for (const { subject, data, refused, ...options } of messages) {
      try {
        this.#nc.publish(subject, data, options);
      } catch (error) {
        refused?.(error);
      }
    }
  }
}
