import { once } from "node:events";
import { type Socket, connect } from "node:net";
import { type TLSSocket, connect as connectTls } from "node:tls";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { TlsMaterial } from "../tls.ts";

export interface DialOptions {
  host: string;
  port: number;
  /** Undefined: no TLS. */
  tls?: TlsMaterial & { servername?: string };
  connectTimeoutMs: number;
  clock: Clock;
}

/** In TLS 1.3 a server verifies the client after the client is done: so long we wait for it to object. */
const OBJECTION_MS = 300;
const OBJECTION_AFTER_TICKET_MS = 20;

/**
 * Connects, with TLS also through the handshake. Errors of the socket that is returned are never unhandled: `close`
 * tells all the same. Rejects with FasciaError `ConnectFailed`, which says why and names host and port.
 */
export async function dial(options: DialOptions, signal?: AbortSignal): Promise<Socket> {
  const { host, port, tls, clock, connectTimeoutMs } = options;
  const common = { host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 60_000 };
  const socket = tls === undefined ? connect(common) : connectTls({ ...common, ...tls });
  socket.on("error", () => {});
  const done = new AbortController();
  const late = abortAfter(connectTimeoutMs, clock, done.signal);
  const given = signal === undefined ? late : AbortSignal.any([late, signal]);
  try {
    await once(socket, tls === undefined ? "connect" : "secureConnect", { signal: given });
    if (tls?.cert !== undefined) await awaitObjection(socket as TLSSocket, clock);
    return socket;
  } catch (error) {
    const silent = tls === undefined || socket.connecting ? "no answer" : "connected, but no TLS handshake";
    socket.destroy();
    const reason = late.aborted ? `${silent} within ${connectTimeoutMs / 1000} s` : whyNot(error, signal);
    throw new FasciaError("ConnectFailed", `cannot connect to ${host}:${port}: ${reason}`, { cause: error });
  } finally {
    done.abort();
  }
}

/** Otherwise a refused certificate would show only after a message was written, whose fate then nobody knows. */
async function awaitObjection(socket: TLSSocket, clock: Clock): Promise<void> {
  if (socket.getProtocol() !== "TLSv1.3") return;
  const done = new AbortController();
  const { signal } = done;
  const ended = Promise.race([once(socket, "end", { signal }), once(socket, "close", { signal })]).catch(() => []);
  const ticket = once(socket, "session", { signal }).catch(() => []);
  socket.resume();
  await Promise.race([ended, ticket, clock.sleep(OBJECTION_MS, signal)]);
  const over = await Promise.race([ended.then(() => true), clock.sleep(OBJECTION_AFTER_TICKET_MS, signal)]);
  done.abort();
  socket.pause();
  if (over === true || socket.destroyed)
    throw new FasciaError("ClientRefused", "it closed the connection after the TLS handshake");
}

function abortAfter(ms: number, clock: Clock, done: AbortSignal): AbortSignal {
  const late = new AbortController();
  const wait = async (): Promise<void> => {
    await clock.sleep(ms, done);
    if (!done.aborted) late.abort();
  };
  void wait();
  return late.signal;
}

/** Names of errors as the system or OpenSSL has them, with the way out where it is not the network's. */
function whyNot(error: unknown, signal: AbortSignal | undefined): string {
  if (signal?.aborted === true) return "given up";
  if (error instanceof FasciaError) return `${error.message}; does it accept the client certificate (tls.crt)?`;
  const code = String((error as { code?: unknown }).code ?? "unknown error");
  const hint = HINTS[code];
  return hint === undefined ? code : `${code}; ${hint}`;
}

const HINTS: Record<string, string> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "no such host name",
  ERR_TLS_CERT_ALTNAME_INVALID: "its certificate is for another name, which tls.serverName can say",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is not signed by a trusted authority (ca.crt)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its certificate is not signed by a trusted authority (ca.crt)",
  DEPTH_ZERO_SELF_SIGNED_CERT: "its certificate is not signed by a trusted authority (ca.crt)",
  CERT_HAS_EXPIRED: "its certificate has expired",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS there",
  ECONNRESET: "it closed the connection",
};
