import { connect, createServer } from "node:net";

/**
 * Below the ports that systems give to outgoing connections (Linux: from 32768 on). On one of those a client that
 * reconnects to its own host while the server is away can be given the server's port as its own, and keep it.
 */
const FIRST = 20_000;
const LAST = 31_999;
const HOST = "127.0.0.1";

/** `preferred` where it is free, otherwise a free port outside the range of outgoing connections. */
export async function choosePort(preferred: number | undefined, random: () => number): Promise<number> {
  let port = preferred ?? randomPort(random);
  while (!(await isFree(port))) port = randomPort(random);
  return port;
}

const randomPort = (random: () => number): number => FIRST + Math.floor(random() * (LAST - FIRST + 1));

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: HOST, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether what listens on `port` greets as a NATS server with JetStream does: it recovers its store before it listens. */
export function isServing(port: number, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    const done = (serving: boolean) => {
      socket.destroy();
      resolve(serving);
    };
    let greeting = "";
    socket.setTimeout(timeoutMs, () => done(false));
    socket.on("error", () => done(false));
    socket.on("close", () => done(false));
    socket.on("data", (chunk) => {
      greeting += chunk.toString("latin1");
      if (greeting.includes("\r\n")) done(greeting.startsWith("INFO ") && greeting.includes('"jetstream":true'));
    });
  });
}
