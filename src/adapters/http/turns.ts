import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * Lets the requests of one connection through one at a time, in the order they came: Node reads on while a request is
 * answered, so a client that pipelines (RFC 9112 section 9.3.2) may have several under way.
 */
export class Turns {
  /** What waits for the request that is being answered; no entry where none is. */
  readonly #waiting = new WeakMap<Socket, (() => void)[]>();

  /** Runs `handle` at once, or when all earlier requests of the connection are answered and it is still open. */
  take(socket: Socket, response: ServerResponse, handle: () => void): void {
    response.once("close", () => this.#next(socket));
    const waiting = this.#waiting.get(socket);
    if (waiting !== undefined) return void waiting.push(handle);
    this.#waiting.set(socket, []);
    handle();
  }

  /** Whether a request of this connection is being answered. */
  isBusy(socket: Socket): boolean {
    return this.#waiting.has(socket);
  }

  #next(socket: Socket): void {
    const handle = socket.writableEnded || socket.destroyed ? undefined : this.#waiting.get(socket)?.shift();
    if (handle === undefined) this.#waiting.delete(socket);
    else handle();
  }
}
