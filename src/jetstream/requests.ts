import {
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  PermissionViolationError,
  RequestError,
  TimeoutError,
  createInbox,
} from "@nats-io/nats-core";
import type { Outbox } from "./outbox.ts";

interface Waiting {
  subject: string;
  resolve: (answer: Uint8Array) => void;
  reject: (error: unknown) => void;
  timer: NodeJS.Timeout;
}

const NO_RESPONDERS = 503;

/**
 * Requests of one connection that are answered by one message each. The client's own cost an exception, with its stack,
 * and four promises for each that succeeds: more than the rest of a publish.
 */
export class Requests {
  readonly #nc: NatsConnection;
  readonly #outbox: Outbox;
  readonly #inbox: string;
  readonly #waiting = new Map<string, Waiting>();
  #count = 0;

  constructor(nc: NatsConnection, outbox: Outbox, inboxPrefix: string) {
    this.#nc = nc;
    this.#outbox = outbox;
    this.#inbox = createInbox(inboxPrefix);
    nc.subscribe(`${this.#inbox}.*`, { callback: (error, answer) => this.#receive(error, answer) });
    void this.#watchRefusals();
    void nc.closed().then(() => this.#rejectAll(new RequestError("connection closed"), () => true));
  }

  /** Resolves with the answer's payload. Rejects with the client's errors: `TimeoutError` after `timeoutMs`. */
  ask(subject: string, data: Uint8Array | string, headers: MsgHdrs, timeoutMs: number): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const reply = `${this.#inbox}.${(this.#count++).toString(36)}`;
      const timer = setTimeout(() => this.#take(reply)?.reject(new TimeoutError()), timeoutMs);
      this.#waiting.set(reply, { subject, resolve, reject, timer });
      const refused = (error: unknown) => this.#take(reply)?.reject(error);
      this.#outbox.send({ subject, data, reply, headers, refused });
    });
  }

  #receive(error: unknown, answer: Msg): void {
    // Without its inbox nothing that is asked can be answered.
    if (error) return this.#rejectAll(error, () => true);
    const waiting = this.#take(answer.subject);
    if (!waiting) return;
    if (answer.data.length > 0 || answer.headers?.code !== NO_RESPONDERS) return waiting.resolve(answer.data);
    waiting.reject(new RequestError(`no responders on ${waiting.subject}`));
  }

  /** The server tells of a publish that it refuses on the connection, not on the inbox. */
  async #watchRefusals(): Promise<void> {
    for await (const status of this.#nc.status()) {
      if (status.type !== "error" || !(status.error instanceof PermissionViolationError)) continue;
      const { operation, subject } = status.error;
      if (operation === "publish") this.#rejectAll(status.error, (waiting) => waiting.subject === subject);
    }
  }

  #rejectAll(error: unknown, concerned: (waiting: Waiting) => boolean): void {
    for (const [reply, waiting] of this.#waiting) if (concerned(waiting)) this.#take(reply)?.reject(error);
  }

  #take(reply: string): Waiting | undefined {
    const waiting = this.#waiting.get(reply);
    if (waiting) clearTimeout(waiting.timer);
    this.#waiting.delete(reply);
    return waiting;
  }
}
