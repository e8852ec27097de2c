import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { type Ack, readAck } from "../../formats/hl7v2/ack.ts";
import { type DialOptions, dial } from "./dial.ts";
import { type FrameEvent, Framer, frame } from "./framer.ts";

/** What came back for a message. */
export type Answer =
  | { kind: "Acknowledged"; ack: Ack }
  /** The connection was gone before anything was written. */
  | { kind: "Unsent"; reason: string }
  /** It was written, and nobody knows what became of it. `confused`: the peer lives, but what it says is no answer. */
  | { kind: "Unanswered"; reason: string; confused: boolean };

/** Longest acknowledgment that is read, bytes. */
const MAX_ACK_BYTES = 65_536;

interface Pending {
  controlId: string;
  resolve(answer: Answer): void;
}

/** One connection to a receiver, with one message under way at a time. Once anything went wrong it is closed for good. */
export class MllpClient {
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  readonly #clock: Clock;
  readonly #framer = new Framer({ maxMessageBytes: MAX_ACK_BYTES });
  #pending: Pending | undefined;
  /** Why the connection can't be used any more. */
  #lost: string | undefined;
  #lastControlId: string | undefined;
  #ignored = 0;

  private constructor(socket: Socket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.closed = socket.closed ? Promise.resolve() : new Promise((resolve) => socket.once("close", () => resolve()));
    if (socket.destroyed) this.#lost = "the connection was closed";
    socket.on("data", (piece: Buffer) => this.#onData(piece));
    socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#lose(`the connection failed (${error.code ?? error.name})`),
    );
    socket.on("end", () => this.#lose("the receiver closed the connection"));
    socket.on("close", () => this.#lose("the connection was closed"));
    socket.resume();
  }

  /** Rejects with FasciaError `ConnectFailed`. */
  static async connect(options: DialOptions, signal?: AbortSignal): Promise<MllpClient> {
    return new MllpClient(await dial(options, signal), options.clock);
  }

  get usable(): boolean {
    return this.#lost === undefined;
  }

  /** Acknowledgments since this was asked last that named neither the message under way nor the one before it. */
  takeIgnored(): number {
    const count = this.#ignored;
    this.#ignored = 0;
    return count;
  }

  /**
   * Writes `message` and waits for the acknowledgment whose MSA-2 is `controlId`. When none comes in time, or `signal`
   * aborts, the connection is closed: a late acknowledgment must never be taken for that of the next message.
   */
  async exchange(message: Uint8Array, controlId: string, timeoutMs: number, signal?: AbortSignal): Promise<Answer> {
    if (this.#lost !== undefined) return { kind: "Unsent", reason: this.#lost };
    if (signal?.aborted === true) return { kind: "Unsent", reason: "given up before it was sent" };
    const giveUp = (): void => this.#lose("given up while waiting for the acknowledgment");
    signal?.addEventListener("abort", giveUp, { once: true });
    const late = (): void => this.#lose(`no acknowledgment within ${timeoutMs / 1000} s`);
    const cancel = this.#clock.after(timeoutMs, late);
    const answer = await new Promise<Answer>((resolve) => {
      this.#pending = { controlId, resolve };
      this.#socket.write(frame(message));
    });
    cancel();
    signal?.removeEventListener("abort", giveUp);
    return answer;
  }

  /** Says goodbye; a peer that doesn't answer is cut off after a second. Never rejects. */
  async close(): Promise<void> {
    const cut = new AbortController();
    if (!this.#socket.destroyed) this.#socket.end();
    void this.#clock.sleep(1000, cut.signal).then(() => this.#socket.destroy());
    await this.closed;
    cut.abort();
  }

  #onData(piece: Buffer): void {
    this.#framer.push(piece);
    for (let event = this.#framer.next(); event !== undefined; event = this.#framer.next()) this.#onEvent(event);
  }

  #onEvent(event: FrameEvent): void {
    if (event.kind === "TooLarge") return this.#lose(`the answer is longer than ${MAX_ACK_BYTES} bytes`, true);
    if (event.kind === "Junk") return this.#lose("the receiver does not speak MLLP");
    const ack = tryReadAck(event.body);
    if (ack === undefined) return this.#lose("the answer is no HL7 acknowledgment", true);
    if (this.#pending?.controlId === ack.controlId) this.#settle({ kind: "Acknowledged", ack });
    else if (ack.controlId !== this.#lastControlId) this.#ignored++;
  }

  #lose(reason: string, confused = false): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    this.#socket.destroy();
    this.#settle({ kind: "Unanswered", reason, confused });
  }

  #settle(answer: Answer): void {
    const pending = this.#pending;
    this.#lastControlId = pending?.controlId ?? this.#lastControlId;
    this.#pending = undefined;
    pending?.resolve(answer);
  }
}

function tryReadAck(bytes: Uint8Array): Ack | undefined {
  try {
    return readAck(bytes);
  } catch {
    return undefined;
  }
}
