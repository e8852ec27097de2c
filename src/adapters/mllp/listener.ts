import { type Server, type Socket, createServer } from "node:net";
import { type Server as TlsServer, type TLSSocket, createServer as createTlsServer } from "node:tls";
import type { MllpSourceSpec } from "../../api/adapter-mllp.ts";
import type { ServerTls } from "../../api/meta.ts";
import type { SourceDeps } from "../adapter.ts";
import { bind } from "../listen.ts";
import { RENEWAL_MS, type TlsMaterial, principalOf, readServerTls, renewal } from "../tls.ts";

export type OnConnection = (socket: Socket, principal: string | undefined) => void;

export interface Listener {
  /** `mllp://<host>:<port>`, or `mllps://` with TLS. */
  address: string;
  /** Reads a certificate that was renewed, once a minute at most. Never rejects. `now` is monotonic. */
  renew(now: number): Promise<void>;
  /** Connections beyond `maxConnections` since this was asked last. */
  takeRefused(): number;
  /** Takes no further connections, and cuts those whose TLS handshake is not done. */
  close(): void;
}

/** Answers are small: no Nagle. */
const SOCKETS = { noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };

/** Listens. Rejects with a FasciaError that names the port and the field. */
export async function listen(spec: MllpSourceSpec, deps: SourceDeps, onConnection: OnConnection): Promise<Listener> {
  const accept: OnConnection = (socket, principal) => {
    // A sender that has closed its side may still wait for answers. Not before the handshake: who leaves then is gone.
    socket.allowHalfOpen = true;
    onConnection(socket, principal);
  };
  const tls = spec.tls === undefined ? undefined : await readServerTls(spec.tls, deps.secrets);
  const handshakes = new Map<string, Socket>();
  const server =
    tls === undefined || spec.tls === undefined
      ? createServer(SOCKETS, (socket) => accept(socket, undefined))
      : createSecureServer(spec, spec.tls, tls, deps, handshakes, accept);
  let refused = 0;
  server.maxConnections = spec.maxConnections;
  server.on("drop", () => refused++);
  const address = await bind(server, spec.port, "spec.mllp.source.port", deps);
  server.on("error", (error) => deps.log.error("mllp listener failed", { error }));
  return {
    address: `${tls === undefined ? "mllp" : "mllps"}://${address}`,
    renew: spec.tls === undefined || tls === undefined ? async () => {} : renewing(server, spec.tls, tls, deps),
    takeRefused: () => {
      const count = refused;
      refused = 0;
      return count;
    },
    close: () => {
      server.close();
      for (const socket of handshakes.values()) socket.destroy();
    },
  };
}

function createSecureServer(
  spec: MllpSourceSpec,
  tls: ServerTls,
  material: TlsMaterial,
  deps: SourceDeps,
  handshakes: Map<string, Socket>,
  onConnection: OnConnection,
): TlsServer {
  const mutual = tls.clientAuth === "Require";
  const handshakeTimeout = spec.readTimeoutSeconds * 1000;
  // Verified here rather than by `rejectUnauthorized`, which closes without a word in any log.
  const options = { ...SOCKETS, ...material, requestCert: mutual, rejectUnauthorized: false, handshakeTimeout };
  const server = createTlsServer(options, (socket) => {
    handshakes.delete(peerOf(socket));
    if (!mutual || socket.authorized) return onConnection(socket, principalOf(socket));
    deps.log.warn("mllp client refused", { reason: `its certificate was not accepted (${verifyCode(socket)})` });
    socket.destroy();
  });
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    handshakes.set(peer, socket);
    socket.once("close", () => handshakes.delete(peer));
  });
  server.on("tlsClientError", (error, socket) => {
    deps.log.debug("mllp handshake failed", { error });
    // Neither a time-out nor a peer that left closes it otherwise.
    socket.destroy();
  });
  return server;
}

/** Tells the connections of one port apart; for nothing else, and never logged. */
const peerOf = (socket: Socket): string => `${socket.remoteAddress} ${socket.remotePort}`;

/** OpenSSL's name for why, e.g. `CERT_HAS_EXPIRED`. */
function verifyCode(socket: TLSSocket): string {
  const code: unknown = socket.authorizationError;
  return typeof code === "string" && /^[A-Z_0-9]+$/.test(code) ? code : "no certificate";
}

function renewing(
  server: Server,
  spec: ServerTls,
  first: TlsMaterial,
  deps: SourceDeps,
): (now: number) => Promise<void> {
  const renew = renewal(server, spec, first, deps.secrets);
  let looked = deps.clock.monotonic();
  return async (now) => {
    if (now - looked < RENEWAL_MS) return;
    looked = now;
    try {
      if (await renew()) deps.log.info("mllp certificate renewed");
    } catch (error) {
      deps.log.warn("mllp certificate not renewed", { error });
    }
  };
}
