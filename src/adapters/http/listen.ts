import type { Server } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import type { ServerTls } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";
import type { SourceDeps } from "../adapter.ts";
import { readServerTls, sameTls, type TlsMaterial } from "../tls.ts";

/** How often a renewed certificate is looked for. */
const RENEWAL_MS = 60_000;

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
