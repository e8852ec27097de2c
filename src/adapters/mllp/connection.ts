import type { Socket } from "node:net";
import type { MllpSourceSpec } from "../../api/adapter-mllp.ts";
import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Receipt, Receive, Received } from "../adapter.ts";
import type { Verdict } from "./acknowledge.ts";
import { type AnswerNote, type Answerer } from "./answer.ts";
import { type FrameEvent, Framer } from "./framer.ts";
import { type Inspected, inspect } from "./inspect.ts";
import type { IntakeMemory, MemoryShare } from "./memory.ts";

export interface ConnectionContext {
  spec: MllpSourceSpec;
  clock: Clock;
  log: Log;
  receive: Receive;
  answerer: Answerer;
  memory: IntakeMemory;
}

/** After our last word we read on for this long, so that a reset does not overtake it, then cut the connection. */
const LINGER_MS = 2000;

const MEMORY_FULL = "unanswered messages fill the memory set aside for them";

/** What a deadline is for. */
type Waiting = "Idle" | "Read" | "Write" | "Linger" | "Receive";

/**
 * One sender's connection. One message is under way at a time: read, received (stored), answered, then the next; what
 * the sender wrote ahead waits in the socket, which is paused. So order holds by construction: a message that could
 * not be stored has nothing behind it that was.
 */
export class Connection {
  /** Resolves when the socket is closed and nothing is under way. */
  readonly finished: Promise<void>;
  readonly #socket: Socket;
  readonly #context: ConnectionContext;
  readonly #log: Log;
  readonly #principal: string | undefined;
  readonly #framer: Framer;
  readonly #memory: MemoryShare;
  #finish: () => void = () => {};
  #handling = false;
  /** We have said our last word. */
  #closing = false;
  /** The peer has said its last word. */
  #ended = false;
  #stopping = false;
  /** The socket is gone. */
  #closed = false;
  #waiting: Waiting = "Idle";
  /** Monotonic milliseconds. */
  #deadline: number;

  constructor(socket: Socket, context: ConnectionContext, id: number, principal: string | undefined) {
    this.finished = new Promise((resolve) => (this.#finish = resolve));
    this.#socket = socket;
    this.#context = context;
    this.#log = context.log.child({ connection: id });
    this.#principal = principal;
    this.#framer = new Framer({ maxMessageBytes: context.spec.maxMessageBytes });
    this.#memory = context.memory.share();
    this.#deadline = context.clock.monotonic() + context.spec.idleTimeoutSeconds * 1000;
    socket.on("data", (piece: Buffer) => this.#onData(piece));
    socket.on("end", () => this.#onEnd());
    socket.on("error", (error) => this.#log.debug("mllp connection failed", { error }));
    socket.on("close", () => this.#onClose());
  }

  /** Closes the connection when what it waits for has taken too long. `now` is monotonic. */
  expire(now: number): void {
    if (now < this.#deadline) return;
    if (this.#waiting === "Linger" || this.#waiting === "Write") {
      this.#log.debug("mllp connection cut", { state: this.#waiting });
      this.#socket.destroy();
      return;
    }
    const reason = this.#waiting === "Read" ? "a message was not complete in time" : "no message came in time";
    if (this.#waiting === "Read") this.#log.warn("mllp connection closed", { reason });
    else this.#log.debug("mllp connection closed", { reason });
    this.#close();
  }

  /** Reads no more; the message under way is answered, what was read behind it is left to the sender to repeat. */
  stop(): void {
    this.#stopping = true;
    if (!this.#handling) this.#close();
  }

  #onData(piece: Buffer): void {
    if (this.#closing) return;
    this.#framer.push(piece);
    if (this.#handling) this.#socket.pause();
    else void this.#handleAll();
  }

  #onEnd(): void {
    this.#ended = true;
    if (this.#framer.inBlock) this.#log.warn("mllp connection closed", { reason: "the sender left within a message" });
    if (!this.#handling) this.#close();
  }

  #onClose(): void {
    this.#closed = true;
    this.#memory.hold(0);
    const bytes = this.#framer.skippedBytes;
    if (bytes > 0) this.#log.debug("mllp bytes outside of blocks skipped", { bytes });
    if (!this.#handling) this.#finish();
  }

  /** Handles what is there, one message after another. Never rejects. */
  async #handleAll(): Promise<void> {
    this.#handling = true;
    for (let event = this.#framer.next(); event !== undefined && !this.#isOver(); event = this.#framer.next()) {
      this.#wait("Receive", Infinity);
      await this.#handle(event);
    }
    this.#handling = false;
    if (this.#closed) this.#finish();
    else if (this.#stopping || this.#ended) this.#close();
    else if (!this.#closing) this.#readOn();
  }

  #isOver(): boolean {
    return this.#closing || this.#closed || this.#stopping;
  }

  /** A deadline runs from the message's first bytes, or from the last answer: further bytes do not extend it. */
  #readOn(): void {
    const { spec } = this.#context;
    if (!this.#memory.hold(this.#framer.heldBytes)) {
      this.#log.warn("mllp connection closed", { reason: MEMORY_FULL });
      return this.#close();
    }
    const waiting = this.#framer.inBlock ? "Read" : "Idle";
    const seconds = waiting === "Read" ? spec.readTimeoutSeconds : spec.idleTimeoutSeconds;
    if (this.#waiting !== waiting) this.#wait(waiting, seconds * 1000);
    this.#socket.resume();
  }

  async #handle(event: FrameEvent): Promise<void> {
    if (event.kind === "Frame") return this.#handleFrame(event.body);
    if (event.kind === "Junk") {
      this.#log.warn("mllp connection closed", {
        reason: "bytes without a start block: the sender does not speak MLLP",
      });
      return this.#close();
    }
    const { maxMessageBytes } = this.#context.spec;
    const text = `message longer than ${maxMessageBytes} bytes`;
    this.#log.warn("mllp message refused", { reason: text });
    await this.#answer(inspect(event.head), "Refuse", { text, errorCode: "207" });
    this.#close();
  }

  async #handleFrame(body: Buffer): Promise<void> {
    const inspected = inspect(body);
    if (inspected.kind === "Acknowledgment") {
      this.#log.debug("mllp acknowledgment ignored");
      return;
    }
    if (inspected.kind === "Invalid") {
      this.#log.warn("mllp message refused", { reason: inspected.text });
      return this.#answer(inspected, "Refuse", { text: inspected.text, errorCode: inspected.errorCode });
    }
    const receipt = await this.#receive(inspected.received);
    if (receipt.status === "Accepted" || receipt.status === "Duplicate") return this.#answer(inspected, "Accept");
    if (receipt.status === "Refused" || receipt.status === "Rejected") {
      this.#log.warn("mllp message refused", { reason: receipt.reason });
      return this.#answer(inspected, "Refuse", { text: receipt.reason, errorCode: "207" });
    }
    this.#log.warn("mllp message not stored", { reason: receipt.reason });
    await this.#turnAway(inspected, { text: receipt.reason, errorCode: "207" });
  }

  async #receive(message: Received): Promise<Receipt> {
    if (!this.#memory.hold(message.body.length + this.#framer.heldBytes))
      return { status: "Unavailable", reason: MEMORY_FULL };
    try {
      const principal = this.#principal;
      return await this.#context.receive(principal === undefined ? message : { ...message, principal });
    } catch (error) {
      this.#log.error("receiving failed", { error });
      return { status: "Unavailable", reason: "internal error" };
    }
  }

  /** The message could not be stored: nor is anything behind it, or order would be lost. */
  async #turnAway(inspected: Inspected, note: AnswerNote): Promise<void> {
    await this.#answer(inspected, "Retry", note);
    for (let event = this.#framer.next(); event !== undefined && !this.#closed; event = this.#framer.next()) {
      if (event.kind !== "Frame") break;
      const behind = inspect(event.body);
      if (behind.kind !== "Acknowledgment") await this.#answer(behind, "Retry", note);
    }
    this.#close();
  }

  async #answer(inspected: Inspected, verdict: Verdict, note?: AnswerNote): Promise<void> {
    const bytes = this.#context.answerer.answer(inspected.header, verdict, note);
    if (bytes.length === 0 || this.#closed || this.#socket.write(bytes)) return;
    this.#wait("Write", this.#context.spec.readTimeoutSeconds * 1000);
    await drained(this.#socket);
    this.#wait("Receive", Infinity);
  }

  #close(): void {
    if (this.#closing || this.#closed) return;
    this.#closing = true;
    this.#wait("Linger", LINGER_MS);
    this.#memory.hold(0);
    this.#socket.end();
    this.#socket.resume();
  }

  #wait(waiting: Waiting, ms: number): void {
    this.#waiting = waiting;
    this.#deadline = this.#context.clock.monotonic() + ms;
  }
}

/** Resolves when everything written has gone to the system, or the socket is closed. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off("drain", done);
      socket.off("close", done);
      resolve();
    };
    socket.on("drain", done);
    socket.on("close", done);
  });
}
