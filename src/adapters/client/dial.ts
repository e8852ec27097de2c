import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { ClientTls } from "../../api/meta.ts";
import type { Clock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import type { TargetDeps } from "../adapter.ts";
import { readClientTls, serverNameOf } from "../tls.ts";
import { throughProxy } from "./proxy.ts";

/** Opens a connection, TLS handshake included. Rejects with what failed, or when `signal` aborts. */
export type Dial = (signal: AbortSignal) => Promise<Socket>;

/** How long a server may take to object to our certificate, and how long it may still after its session ticket came. */
const OBJECTION_MS = 300;
const LATE_OBJECTION_MS = 20;

/** Certificates are read from the Secret for every connection, so that renewed ones count. */
export function dialler(url: URL, tls: ClientTls | undefined, deps: TargetDeps): Dial {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  const proxy = deps.proxyFor?.(url);
  return async (signal) => {
    const tunnel = proxy && (await tunnelled(proxy, `${url.hostname}:${port}`, signal));
    if (!secure) return tunnel ?? opened(connectTcp({ host, port, noDelay: true }), "connect", signal);
    const spec = tls ?? {};
    const material = await readClientTls(spec, deps.secrets);
    const options = { ...material, host, port, ALPNProtocols: ["http/1.1"], ...serverNameOf(spec, host) };
    const socket = connectTls({ ...options, ...(tunnel && { socket: tunnel }) }).setNoDelay(true);
    await opened(socket, "secureConnect", signal);
    if (material.cert !== undefined) await accepted(socket, deps.clock);
    return socket;
  };
}

/** A failure of the proxy is a failure to connect, within the same time. */
async function tunnelled(proxy: URL, authority: string, signal: AbortSignal): Promise<Socket> {
  try {
    const socket = await throughProxy(proxy, authority, signal);
    return socket.on("error", () => {});
  } catch (cause) {
    if (signal.aborted) throw new FasciaError("ConnectTimeout", "no connection in time", { cause });
    throw cause;
  }
}

async function opened(socket: Socket, event: "connect" | "secureConnect", signal: AbortSignal): Promise<Socket> {
  // Errors after the connection is made are seen by whoever uses it; without a listener they would end the process.
  socket.on("error", () => {});
  try {
    await once(socket, event, { signal });
    return socket;
  } catch (cause) {
    socket.destroy();
    if (signal.aborted) throw new FasciaError("ConnectTimeout", "no connection in time", { cause });
    throw cause;
  }
}

/**
 * Under TLS 1.3 a server looks at our certificate after we are done, and may close without a word. A request written
 * before that would be one whose fate nobody knows. Throws FasciaError `CertificateRefused`.
 */
async function accepted(socket: TLSSocket, clock: Clock): Promise<void> {
  if (socket.getProtocol() !== "TLSv1.3") return;
  const done = new AbortController();
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  const { promise: ticket, resolve: go } = Promise.withResolvers<void>();
  socket.once("end", end).once("close", end).once("session", go).resume();
  await Promise.race([over, ticket, clock.sleep(OBJECTION_MS, done.signal)]);
  await Promise.race([over, clock.sleep(LATE_OBJECTION_MS, done.signal)]);
  done.abort();
  socket.pause().off("end", end).off("close", end).off("session", go);
  if (!socket.destroyed && !socket.readableEnded) return;
  socket.destroy();
  throw new FasciaError("CertificateRefused", "the server closed the connection over our certificate (tls.crt)");
}
