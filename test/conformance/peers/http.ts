import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo, Socket } from "node:net";

export interface PeerRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
}

export type PeerAnswer =
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Bytes instead of HTTP. */
  | { raw: string }
  /** Reads the request and closes the connection. */
  | "Close"
  /** Reads the request and resets the connection. */
  | "Reset"
  /** Reads the request and says nothing until the peer is closed. */
  | "Hang"
  /** A status line and half a body, then the connection closes. */
  | { status: number; cutOff: string };

/** A real HTTP server that keeps what it got and answers as it is told. */
export class HttpPeer {
  readonly requests: PeerRequest[] = [];
  answer: (request: PeerRequest) => PeerAnswer | Promise<PeerAnswer> = () => ({ status: 200 });
  /** Connections accepted so far. */
  accepted = 0;
  underWay = 0;
  mostUnderWay = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #secure: boolean;

  constructor(tls?: ServerOptions) {
    const listener: RequestListener = (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        const { method = "", url = "", headers } = request;
        void this.#serve({ method, path: url, headers, body: Buffer.concat(chunks).toString() }, response);
      });
    };
    this.#secure = tls !== undefined;
    this.#server = tls === undefined ? createServer(listener) : createTlsServer(tls, listener);
    this.#server.on("connection", (socket: Socket) => {
      this.accepted++;
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async listen(port = 0): Promise<this> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, "127.0.0.1", resolve);
    });
    return this;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.#secure ? "https" : "http"}://127.0.0.1:${this.port}`;
  }

  /** Stops listening and cuts every connection. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Cuts the connections that are open, as a restart of the peer does; resolves when the other side can know. */
  async cutConnections(): Promise<void> {
    const closed = [...this.#sockets].map((socket) => once(socket.destroy(), "close"));
    await Promise.all(closed);
    // The loopback has delivered the end by now: the next poll of this process reads it, the turn after it knows.
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  async #serve(request: PeerRequest, response: ServerResponse): Promise<void> {
    this.requests.push(request);
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    const answer = await this.answer(request);
    this.underWay--;
    if (answer === "Hang") return;
    if (answer === "Close") response.socket?.end();
    else if (answer === "Reset") response.socket?.resetAndDestroy();
    else if ("raw" in answer) response.socket?.end(answer.raw);
    else if ("cutOff" in answer) {
      response.writeHead(answer.status, { "content-length": answer.cutOff.length + 1 });
      response.write(answer.cutOff, () => response.socket?.destroy());
    } else response.writeHead(answer.status, answer.headers).end(answer.body);
  }
}
