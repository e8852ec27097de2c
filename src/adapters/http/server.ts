import type { RequestListener, Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import type { Log } from "../../telemetry/log.ts";
import type { TlsMaterial } from "../tls.ts";
import { createServer } from "../nodehttp.ts";
import { PROBLEM_TYPE, problemBody } from "./problem.ts";
import { Turns } from "./turns.ts";

/** What a caller may cost before it has said anything useful. Times in milliseconds. */
export interface Limits {
  /** For all headers, from the connection or the end of the request before. */
  headersMs: number;
  /** For the whole request, its body included. */
  requestMs: number;
  /** Between two requests on a connection. */
  keepAliveMs: number;
  connections: number;
  headerBytes: number;
  /** How often the times above are looked at. */
  tickMs: number;
}

export const LIMITS: Limits = {
  headersMs: 10_000,
  requestMs: 60_000,
  keepAliveMs: 60_000,
  connections: 1024,
  headerBytes: 16_384,
  tickMs: 1000,
};

export interface ServerSetup {
  tls: TlsMaterial | undefined;
  clientAuth: NonNullable<HttpSourceSpec["tls"]>["clientAuth"];
  limits: Limits;
  log: Log;
}

/** A server within limits, which answers the requests of each connection one at a time. It listens to nothing yet. */
export class BoundedServer {
  readonly server: Server;
  readonly #turns = new Turns();
  /** By the peer's address: with TLS the bare connection until the handshake is done, then the one within it. */
  readonly #sockets = new Map<string, Socket>();

  constructor(setup: ServerSetup, handle: RequestListener) {
    const handler: RequestListener = (request, response) =>
      this.#turns.take(request.socket, response, () => handle(request, response));
    this.server = createFor(setup, handler);
    this.server.maxConnections = setup.limits.connections;
    this.server.on("connection", (socket: Socket) => this.#track(socket));
    this.server.on("secureConnection", (socket: Socket) => this.#sockets.set(peerOf(socket), socket));
    this.server.on("tlsClientError", (error, socket) => tellHandshake(error, socket, setup.log));
    this.server.on("clientError", (error, socket: Socket) => {
      // While a request is under way this would be taken for its answer.
      if (this.#turns.isBusy(socket)) socket.destroy();
      else answerClientError(error, socket);
    });
    // Without a listener Node invites the body before anybody has looked at the headers.
    this.server.on("checkContinue", handler);
  }

  /**
   * Takes no further connections and closes those without a request under way; resolves when all are closed. Cuts
   * what is left when `patience` ends.
   */
  async close(patience: Promise<void>): Promise<void> {
    if (!this.server.listening) return;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    for (const socket of this.#sockets.values()) if (!this.#turns.isBusy(socket)) socket.destroy();
    const cut = async () => {
      await patience;
      for (const socket of this.#sockets.values()) socket.destroy();
    };
    void cut();
    await closed;
  }

  #track(socket: Socket): void {
    const peer = peerOf(socket);
    this.#sockets.set(peer, socket);
    socket.once("close", () => this.#sockets.delete(peer));
  }
}

function createFor({ tls, clientAuth, limits }: ServerSetup, handler: RequestListener): Server {
  const options = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.tickMs,
    maxHeaderSize: limits.headerBytes,
    noDelay: true,
    keepAlive: true,
  };
  if (tls === undefined) return createServer(options, handler);
  const verify = clientAuth === "Require";
  const handshake = { requestCert: verify, rejectUnauthorized: verify, handshakeTimeout: limits.headersMs };
  return createTlsServer({ ...options, ...tls, ...handshake }, handler);
}

/** Tells the connections of one port apart; for nothing else, and never logged. */
const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

/** A client whose certificate is not accepted is refused for good; other handshakes fail by port scans and health checks. */
function tellHandshake(error: NodeJS.ErrnoException, socket: TLSSocket, log: Log): void {
  const code: unknown = socket.authorizationError ?? error.code;
  const refused = socket.authorizationError != null || code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE";
  if (refused && typeof code === "string" && /^[A-Z_0-9]+$/.test(code))
    log.warn("http client refused", { reason: `its certificate was not accepted (${code})` });
  else log.debug("http handshake failed", { error });
}

/** What Node's parser refused before there was a request: too slow, too long, or not HTTP. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
  const [status, detail] =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? [408, "the request took too long"]
      : error.code === "HPE_HEADER_OVERFLOW"
        ? [431, "the request's headers are too long"]
        : [400, "this is not an HTTP request"];
  const body = problemBody(status, detail);
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: ${PROBLEM_TYPE}\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
}
