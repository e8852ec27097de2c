import { createServer, type RequestListener, type Server, type ServerOptions } from "node:http";
import { createServer as createTlsServer, type Server as TlsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import type { ServerTls } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";
import type { SourceDeps } from "../adapter.ts";
import { readServerTls, sameTls, type TlsMaterial } from "../tls.ts";
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

/** How often a renewed certificate is looked for. */
const RENEWAL_MS = 60_000;

/** The TLS material to listen with. Rejects with FasciaError `SecretMissing` or `TlsInvalid`. */
export async function readMaterial(spec: HttpSourceSpec, deps: SourceDeps): Promise<TlsMaterial | undefined> {
  return spec.tls === undefined ? undefined : readServerTls(spec.tls, deps.secrets);
}

/** A server within `limits` that listens to nothing yet. */
export function createBoundedServer(
  spec: HttpSourceSpec,
  tls: TlsMaterial | undefined,
  deps: SourceDeps,
  limits: Limits,
  handle: RequestListener,
): Server {
  const turns = new Turns();
  const handler: RequestListener = (request, response) =>
    turns.take(request.socket, response, () => handle(request, response));
  const options: ServerOptions = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.tickMs,
    maxHeaderSize: limits.headerBytes,
    noDelay: true,
    keepAlive: true,
  };
  const verify = spec.tls?.clientAuth === "Require";
  const secure = {
    ...options,
    ...tls,
    requestCert: verify,
    rejectUnauthorized: verify,
    handshakeTimeout: limits.headersMs,
  };
  const server = tls === undefined ? createServer(options, handler) : createTlsServer(secure, handler);
  server.maxConnections = limits.connections;
  server.on("tlsClientError", (error, socket) => tellHandshake(error, socket, deps));
  server.on("clientError", (error, socket: Socket) => {
    // While a request is under way this would be taken for its answer.
    if (turns.isBusy(socket)) socket.destroy();
    else answerClientError(error, socket);
  });
  // Without a listener Node invites the body before anybody has looked at the headers.
  server.on("checkContinue", handler);
  return server;
}

/** Listens, and says where. Rejects with FasciaError `ListenFailed`, which names the port and the field. */
export async function bind(server: Server, spec: HttpSourceSpec, deps: SourceDeps): Promise<string> {
  const port = deps.portOverride ?? spec.port;
  const bound = await new Promise<AddressInfo>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenError(error, port));
    server.once("error", fail);
    server.listen({ port, backlog: 511, ...(deps.host !== undefined && { host: deps.host }) }, () => {
      server.off("error", fail);
      resolve(server.address() as AddressInfo);
    });
  });
  server.on("error", (error) => deps.log.error("http listener failed", { error }));
  const host = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  const shown = deps.host === undefined ? "0.0.0.0" : host;
  return `${spec.tls === undefined ? "http" : "https"}://${shown}:${bound.port}${spec.path}`;
}

/** Takes over a certificate that was renewed, until `over` aborts. Never rejects. */
export async function keepRenewed(
  server: Server,
  spec: ServerTls,
  first: TlsMaterial,
  deps: SourceDeps,
  over: AbortSignal,
): Promise<void> {
  let current = first;
  for (;;) {
    await deps.clock.sleep(RENEWAL_MS, over);
    if (over.aborted) return;
    try {
      const renewed = await readServerTls(spec, deps.secrets);
      if (sameTls(current, renewed)) continue;
      (server as TlsServer).setSecureContext(renewed);
      current = renewed;
      deps.log.info("http certificate renewed");
    } catch (error) {
      deps.log.warn("http certificate not renewed", { error });
    }
  }
}

/** A client whose certificate is not accepted is refused for good; other handshakes fail by port scans and health checks. */
function tellHandshake(error: NodeJS.ErrnoException, socket: TLSSocket, deps: SourceDeps): void {
  const code: unknown = socket.authorizationError ?? error.code;
  const refused = socket.authorizationError != null || code === "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE";
  if (refused && typeof code === "string" && /^[A-Z_0-9]+$/.test(code))
    deps.log.warn("http client refused", { reason: `its certificate was not accepted (${code})` });
  else deps.log.debug("http handshake failed", { error });
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

function listenError(cause: NodeJS.ErrnoException, port: number): FasciaError {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another process uses it: stop that one, or choose another port",
    EACCES: "this user may not: choose a port above 1023",
    EADDRNOTAVAIL: "this machine does not have the address to listen on",
  };
  const code = cause.code ?? "";
  const why = reasons[code] ?? `the system says ${code}`;
  return new FasciaError("ListenFailed", `cannot listen on port ${port} (spec.http.source.port): ${why}`, { cause });
}
