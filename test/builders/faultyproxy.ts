import { once } from "node:events";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { Agent, request } from "node:https";
import type { AddressInfo, Socket } from "node:net";

/** What a way to an HTTP server can do to an answer. */
export interface Fault {
  /** Answered instead of asking the server. */
  status?: number;
  /** Header of that, seconds. */
  retryAfter?: number;
  /** Answered with 200 instead of asking the server. */
  body?: string;
  /** Passed on before anything else happens to the body. Default 0. */
  afterBytes?: number;
  /** `cut` closes the connection, `end` ends the answer as if it were whole, `stall` says nothing more for ever. */
  breaks?: "cut" | "end" | "stall" | "corrupt";
  delayMs?: number;
}

/** What is asked of the server. */
export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
}

export interface FaultyProxy {
  /** Plain HTTP. */
  url: string;
  /** All that was asked through it, in order. */
  asked: Asked[];
  /** Says what happens to the answer of each request from now on; undefined is nothing. */
  fault(of: (asked: Asked) => Fault | undefined): void;
  /** From now on all that is open says nothing more, and nothing new is answered, until `wake`. */
  sleep(): void;
  wake(): void;
  /** Closes every connection that is open. */
  cutAll(): void;
  close(): Promise<void>;
}

/** A way to `server` (https, whose certificate is not verified) that goes wrong as a test wants. */
export async function startFaultyProxy(server: string): Promise<FaultyProxy> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const sockets = new Set<Socket>();
  const asked: Asked[] = [];
  let faultOf: (asked: Asked) => Fault | undefined = () => undefined;
  let asleep = Promise.withResolvers<void>();
  asleep.resolve();
  const proxy = createServer((incoming, answer) => {
    const url = new URL(incoming.url ?? "/", server);
    const question = { method: incoming.method ?? "", path: url.pathname, query: url.searchParams };
    asked.push(question);
    const fault = faultOf(question) ?? {};
    void asleep.promise.then(() => forward({ url, incoming, answer, agent, fault, awake: () => asleep.promise }));
  });
  proxy.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket));
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    fault: (of) => (faultOf = of),
    sleep: () => (asleep = Promise.withResolvers<void>()),
    wake: () => asleep.resolve(),
    cutAll,
    close: async () => {
      asleep.resolve();
      cutAll();
      agent.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}

interface Forward {
  url: URL;
  incoming: IncomingMessage;
  answer: ServerResponse;
  agent: Agent;
  fault: Fault;
  /** Resolves at once, unless the whole way is asleep. */
  awake(): Promise<void>;
}

function forward(way: Forward): void {
  const { url, incoming, answer, agent, fault } = way;
  if (fault.status !== undefined) return refuse(answer, fault.status, fault.retryAfter);
  if (fault.body !== undefined) return void answer.writeHead(200).end(fault.body);
  const { host: _dropped, ...headers } = incoming.headers;
  const upstream = request(url, { method: incoming.method, headers, agent }, (response) => {
    const begin = () => {
      answer.writeHead(response.statusCode ?? 502, { "content-type": response.headers["content-type"] ?? "" });
      answer.flushHeaders();
      void pass(way, response).catch(() => answer.destroy());
    };
    if (fault.delayMs === undefined) begin();
    else setTimeout(begin, fault.delayMs);
  });
  upstream.on("error", () => answer.destroy());
  answer.on("close", () => upstream.destroy());
  incoming.pipe(upstream);
}

async function pass({ answer, fault, awake }: Forward, response: IncomingMessage): Promise<void> {
  let left = fault.breaks === undefined ? Number.POSITIVE_INFINITY : (fault.afterBytes ?? 0);
  for await (const chunk of response as AsyncIterable<Buffer>) {
    await awake();
    const through = chunk.subarray(0, left);
    left -= through.length;
    answer.write(through);
    if (through.length === chunk.length) continue;
    if (fault.breaks === "cut") return void answer.destroy();
    if (fault.breaks === "end") return void answer.end();
    if (fault.breaks === "stall") continue;
    // A byte that no JSON text holds.
    answer.write(Buffer.concat([Buffer.of(0), chunk.subarray(through.length + 1)]));
    left = Number.POSITIVE_INFINITY;
  }
  if (fault.breaks !== "stall") answer.end();
}

function refuse(answer: ServerResponse, status: number, retryAfter: number | undefined): void {
  const headers = retryAfter === undefined ? {} : { "retry-after": String(retryAfter) };
  const reason = { 410: "Expired", 429: "TooManyRequests", 500: "InternalError" }[status];
  answer.writeHead(status, { "content-type": "application/json", ...headers });
  answer.end(
    JSON.stringify({ kind: "Status", status: "Failure", code: status, reason, message: "a fault of the test" }),
  );
}
