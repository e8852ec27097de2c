import type { AddressInfo, Server } from "node:net";
import { FasciaError } from "../base/errors.ts";
import type { SourceDeps } from "./adapter.ts";

/**
 * Listens on `port`, or where `deps` says instead; resolves with `<host>:<port>`. Rejects with FasciaError
 * `ListenFailed`, which names the port and the `field` that gives it.
 */
export async function bind(server: Server, port: number, field: string, deps: SourceDeps): Promise<string> {
  const { host, portOverride = port } = deps;
  const bound = await new Promise<AddressInfo>((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => reject(listenError(error, portOverride, field));
    server.once("error", fail);
    server.listen({ port: portOverride, backlog: 511, ...(host !== undefined && { host }) }, () => {
      server.off("error", fail);
      resolve(server.address() as AddressInfo);
    });
  });
  const address = bound.family === "IPv6" ? `[${bound.address}]` : bound.address;
  return `${host === undefined ? "0.0.0.0" : address}:${bound.port}`;
}

function listenError(cause: NodeJS.ErrnoException, port: number, field: string): FasciaError {
  const reasons: Record<string, string> = {
    EADDRINUSE: "another process uses it: stop that one, or choose another port",
    EACCES: "this user may not: choose a port above 1023",
    EADDRNOTAVAIL: "this machine does not have the address to listen on",
  };
  const code = cause.code ?? "";
  const why = reasons[code] ?? `the system says ${code}`;
  return new FasciaError("ListenFailed", `cannot listen on port ${port} (${field}): ${why}`, { cause });
}
