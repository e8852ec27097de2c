import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** One MLLP connection that sends a message at a time and waits for its acknowledgement; made anew when it breaks. */
export class EhrConnection {
  readonly #port: number;
  readonly #host: string;
  readonly #timeoutMs: number;
  #socket: Socket | undefined;
  #buffer = "";
  #answered: ((text: string) => void) | undefined;

  constructor(port: number, timeoutMs = 15_000, host = "127.0.0.1") {
    this.#port = port;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
  }

  /** MSA-1 of the acknowledgement; rejects when there is none. */
  async send(message: Buffer): Promise<string> {
    const socket = (this.#socket ??= await this.#connect());
    const answer = new Promise<string>((resolve, reject) => {
      const timer = setTimeout(() => socket.destroy(new Error("no acknowledgement in time")), this.#timeoutMs);
      const fail = () => {
        clearTimeout(timer);
        reject(new Error("the connection broke"));
      };
      socket.once("close", fail);
      this.#answered = (text) => {
        clearTimeout(timer);
        socket.off("close", fail);
        resolve(text);
      };
    });
    socket.write(Buffer.concat([Buffer.from([0x0b]), message, Buffer.from([0x1c, 0x0d])]));
    const ack = await answer;
    return /\rMSA\|(\w\w)/.exec(ack)?.[1] ?? "";
  }

  /** Sends until it is accepted, as an EHR's queue does, with the same control id. Returns the number of attempts. */
  async deliver(message: Buffer, signal?: AbortSignal): Promise<number> {
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw new Error("given up");
      const code = await this.send(message).catch(() => "");
      if (code === "AA" || code === "CA") return attempt;
      this.close();
      await pause(50);
    }
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connect(): Promise<Socket> {
    const socket = connect(this.#port, this.#host).setNoDelay(true);
    socket.on("error", () => socket.destroy());
    await Promise.race([
      once(socket, "connect"),
      once(socket, "close").then(() => Promise.reject(new Error("refused"))),
    ]);
    this.#buffer = "";
    socket.on("close", () => {
      if (this.#socket === socket) this.#socket = undefined;
    });
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#buffer += text;
      const end = this.#buffer.indexOf("\x1c\r");
      if (end < 0) return;
      const ack = this.#buffer.slice(1, end);
      this.#buffer = this.#buffer.slice(end + 2);
      this.#answered?.(ack);
    });
    return socket;
  }
}
