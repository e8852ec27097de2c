import type { Server } from "node:https";
import type { Socket } from "node:net";

/**
 * Keeps at most `limit` connections to `server`. One more takes the place of the oldest that has no request under way:
 * connections that somebody opens and leaves cannot keep the API server out.
 */
export function boundConnections(server: Server, limit: number): void {
  /** By the peer's address, oldest first; the connection and the TLS within it have the same. */
  const sockets = new Map<string, Socket>();
  const busy = new Set<string>();
  server.on("connection", (socket: Socket) => {
    const peer = peerOf(socket);
    sockets.set(peer, socket);
    socket.once("close", () => sockets.delete(peer));
    if (sockets.size <= limit) return;
    const idle = [...sockets.keys()].find((each) => !busy.has(each)) ?? peer;
    sockets.get(idle)?.destroy();
    sockets.delete(idle);
  });
  server.on("request", (request, response) => {
    const peer = peerOf(request.socket);
    busy.add(peer);
    response.once("close", () => busy.delete(peer));
  });
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;
