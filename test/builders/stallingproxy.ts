import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";

/** A way to a server that can fall silent in the middle of an answer, without closing: what a dead network looks like. */
export interface StallingProxy {
  port: number;
  /** From now on lets through `bytes` more from the server, then nothing, until `resume`. */
  stallAfter(bytes: number): void;
  resume(): void;
  close(): Promise<void>;
}

export async function startStallingProxy(port: number): Promise<StallingProxy> {
  let left = Number.POSITIVE_INFINITY;
  const sockets = new Set<Socket>();
  const held: (() => void)[] = [];
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.on("data", (chunk: Buffer) => {
      const through = chunk.subarray(0, left);
      left -= through.length;
      client.write(through);
      if (through.length < chunk.length) held.push(() => client.write(chunk.subarray(through.length)));
    });
    upstream.on("close", () => client.destroy());
    client.on("close", () => upstream.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    stallAfter: (bytes) => (left = bytes),
    resume: () => {
      left = Number.POSITIVE_INFINITY;
      for (const release of held.splice(0)) release();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
