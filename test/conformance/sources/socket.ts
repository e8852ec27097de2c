import { once } from "node:events";
import { connect } from "node:net";

export interface RawSocket {
  /** Everything that came so far, a character a byte. */
  readonly text: string;
  readonly closed: boolean;
  write(bytes: Buffer | string): void;
  destroy(): void;
}

/** A connection to 127.0.0.1 whose every byte is ours. */
export async function openSocket(port: string | number): Promise<RawSocket> {
  const socket = connect({ host: "127.0.0.1", port: Number(port), noDelay: true });
  const state = { text: "", closed: false };
  socket.setEncoding("latin1").on("data", (piece: string) => (state.text += piece));
  socket.on("error", () => {});
  socket.on("close", () => (state.closed = true));
  await once(socket, "connect");
  return {
    get text() {
      return state.text;
    },
    get closed() {
      return state.closed;
    },
    write: (bytes) => void socket.write(bytes),
    destroy: () => void socket.destroy(),
  };
}
