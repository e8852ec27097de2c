import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, connect, createServer } from "node:net";
import { type TlsOptions, createServer as createTlsServer } from "node:tls";

export const framed = (body: Uint8Array): Buffer => Buffer.concat([Buffer.of(0x0b), body, Buffer.of(0x1c, 0x0d)]);

/** An acknowledgment as a receiver writes it, not yet framed. */
export function acknowledgment(code: string, controlId: string, more = ""): Buffer {
  return Buffer.from(
    `MSH|^~\\&|PEER||FASCIA||20260115120001||ACK^A01|ack-${controlId}|P|2.5.1\rMSA|${code}|${controlId}\r${more}`,
  );
}

/** MSH-10 of a message whose separators are the usual ones. */
export const controlIdOf = (message: Uint8Array): string =>
  Buffer.from(message).toString("latin1").split("|", 10)[9] ?? "";

/** Cuts a stream into what stands between VT and FS CR. Slow and simple, not the product's own reading. */
function takeBlocks(buffered: Buffer): { blocks: Buffer[]; rest: Buffer } {
  const blocks: Buffer[] = [];
  for (;;) {
    const end = buffered.indexOf("\x1c\r", 0, "latin1");
    if (end < 0) return { blocks, rest: buffered };
    blocks.push(buffered.subarray(buffered.indexOf(0x0b) + 1, end));
    buffered = buffered.subarray(end + 2);
  }
}

/** A sender on a bare socket: writes any bytes and collects the acknowledgments. */
export class Sender {
  readonly socket: Socket;
  /** Acknowledgments that came, oldest first, as text. */
  readonly answers: string[] = [];
  readonly closed: Promise<void>;
  #rest = Buffer.alloc(0);
  #waiting: { count: number; resolve(): void }[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("data", (piece: Buffer) => this.#read(piece));
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    void this.closed.then(() => this.#wake(true));
  }

  /** With `allowHalfOpen` it keeps its side open when the peer closes its own. */
  static async connect(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Sender> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true, ...options });
    const sender = new Sender(socket);
    await once(socket, "connect");
    return sender;
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** MSA-1 and MSA-2 of the first `count` answers, e.g. `AA 17`; fewer when the connection closes before. */
  async acks(count: number): Promise<string[]> {
    if (this.answers.length < count && !this.socket.closed)
      await new Promise<void>((resolve) => this.#waiting.push({ count, resolve }));
    return this.answers.slice(0, count).map(msaOf);
  }

  /** All answers until the connection is closed. */
  async allAcks(): Promise<string[]> {
    await this.closed;
    return this.answers.map(msaOf);
  }

  #read(piece: Buffer): void {
    const { blocks, rest } = takeBlocks(Buffer.concat([this.#rest, piece]));
    this.#rest = Buffer.from(rest);
    this.answers.push(...blocks.map((block) => block.toString("latin1")));
    this.#wake(false);
  }

  #wake(all: boolean): void {
    const enough = (waiter: { count: number }): boolean => all || this.answers.length >= waiter.count;
    for (const waiter of this.#waiting.filter(enough)) waiter.resolve();
    this.#waiting = this.#waiting.filter((waiter) => !enough(waiter));
  }
}

function msaOf(answer: string): string {
  const [, code = "", controlId = ""] =
    answer
      .split("\r")
      .find((segment) => segment.startsWith("MSA"))
      ?.split("|") ?? [];
  return `${code} ${controlId}`.trim();
}

/** What a receiver does with a message: bytes to write (framed or not), or nothing, or the end of the connection. */
export type Reaction = Uint8Array | "Nothing" | "Close";

/** A real receiver that keeps what it got and answers as it is told; AA unless told otherwise. */
export class Receiver {
  readonly messages: Buffer[] = [];
  react: (message: Buffer, socket: Socket) => Reaction | Promise<Reaction> = (message) =>
    framed(acknowledgment("AA", controlIdOf(message)));
  /** Connections accepted so far, and open now. */
  accepted = 0;
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(tls?: TlsOptions) {
    const serve = (socket: Socket): void => this.#serve(socket);
    this.#server = tls === undefined ? createServer({ noDelay: true }, serve) : createTlsServer(tls, serve);
    this.#server.on("tlsClientError", () => {});
  }

  async listen(port = 0): Promise<this> {
    this.#server.listen(port, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    this.cutConnections();
    if (!this.#server.listening) return;
    await new Promise((resolve) => this.#server.close(resolve));
  }

  cutConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.accepted++;
    this.sockets.add(socket);
    let buffered = Buffer.alloc(0);
    socket.on("error", () => {});
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("data", (piece: Buffer) => {
      const { blocks, rest } = takeBlocks(Buffer.concat([buffered, piece]));
      buffered = Buffer.from(rest);
      for (const block of blocks) void this.#take(block, socket);
    });
  }

  async #take(message: Buffer, socket: Socket): Promise<void> {
    this.messages.push(Buffer.from(message));
    const reaction = await this.react(message, socket);
    if (reaction === "Close") socket.destroy();
    else if (reaction !== "Nothing") socket.write(reaction);
  }
}
