import { once } from "node:events";
import type { Server, Socket } from "node:net";

/** Where to listen. */
export interface Listening {
  /** 0 takes a free one. */
  port: number;
  /** Default: this machine alone. */
  host?: string;
}

/** A listening socket that can go away and come back on the same port. */
export interface Listener {
  readonly port: number;
  up(): Promise<void>;
  /** Refuses connections and cuts those that are open. */
  down(): Promise<void>;
}

/** Rejects with a sentence for people when the port is taken. */
export async function listen(
  server: Server,
  { port: wanted, host = "127.0.0.1" }: Listening,
  name: string,
): Promise<Listener> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  let port = wanted;
  async function up(): Promise<void> {
    if (server.listening) return;
    server.listen(port, host);
    await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
      const busy = error.code === "EADDRINUSE";
      throw new Error(busy ? `port ${port} of ${name} is in use by another program` : `${name}: ${error.message}`);
    });
    const address = server.address();
    if (typeof address === "object" && address !== null) port = address.port;
  }
  async function down(): Promise<void> {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
  await up();
  return { port, up, down };
}
