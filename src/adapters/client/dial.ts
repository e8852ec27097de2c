import { once } from "node:events";
import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ClientTls } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Secrets } from "../adapter.ts";
import { readClientTls, serverNameOf } from "../tls.ts";

/** Opens a connection, TLS handshake included. Rejects with what failed, or when `signal` aborts. */
export type Dial = (signal: AbortSignal) => Promise<Socket>;

/** Certificates are read from `secrets` for every connection, so that renewed ones count. */
export function dialler(url: URL, tls: ClientTls | undefined, secrets: Secrets): Dial {
  const secure = url.protocol === "https:";
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const port = url.port === "" ? (secure ? 443 : 80) : Number(url.port);
  return async (signal) => {
    if (!secure) return opened(connectTcp({ host, port, noDelay: true }), "connect", signal);
    const spec = tls ?? {};
    const material = await readClientTls(spec, secrets);
    const options = { ...material, host, port, ALPNProtocols: ["http/1.1"], ...serverNameOf(spec, host) };
    return opened(connectTls(options).setNoDelay(true), "secureConnect", signal);
  };
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
