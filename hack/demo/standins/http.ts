import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { text } from "node:stream/consumers";
import { type Listener, listen } from "./listener.ts";
import { type Behaviour, Script, isTaken } from "./script.ts";
import { Journal, type Received, type StandIn, type StandInOptions } from "./standin.ts";

export interface Request {
  method: string;
  path: string;
  headers: Record<string, string>;
  /** The body as it came. */
  text: string;
  body: unknown;
}

export interface Answer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
}

export interface Service<R extends Received> {
  name: string;
  /** Media type of what it answers. */
  type: string;
  /** Path beneath the root that belongs to the address. */
  base: string;
  /** What identifies the message to a Behaviour. */
  idOf(request: Request): string;
  /** Processes the request if `taken`; `records` go to the journal. */
  handle(request: Request, taken: boolean): { answer: Answer; records: R[] };
}

/** Serves `service` over HTTP, treating each request as the behaviour in force says. */
export async function serveHttp<R extends Received>(
  service: Service<R>,
  options: StandInOptions<R>,
): Promise<StandIn<R>> {
  const journal = new Journal<R>(options);
  const script = new Script();

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(incoming);
    if (request === undefined) return send(response, service, { status: 400, body: { error: "the body is no JSON" } });
    const behaviour = script.next(service.idOf(request), request.text);
    const { answer, records } = service.handle(request, isTaken(behaviour));
    for (const record of records) journal.add(record);
    await script.delay(behaviour);
    respond(response, service, behaviour, answer);
  }

  const server = createServer((incoming, response) => {
    serve(incoming, response).catch(() => response.destroy());
  });
  const listener: Listener = await listen(server, options, service.name);
  return {
    address: `http://127.0.0.1:${listener.port}${service.base}`,
    port: listener.port,
    received: journal.records,
    setBehaviour: async (behaviour) => {
      script.set(behaviour);
      await (behaviour.kind === "Down" ? listener.down() : listener.up());
    },
    close: async () => {
      script.set({ kind: "Normal" });
      await listener.down();
      journal.close();
    },
  };
}

/** Undefined for a body that is no JSON. */
async function readRequest(incoming: IncomingMessage): Promise<Request | undefined> {
  const body = await text(incoming);
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  const { pathname } = new URL(incoming.url ?? "/", "http://127.0.0.1");
  try {
    const parsed: unknown = body === "" ? undefined : JSON.parse(body);
    return { method: incoming.method ?? "", path: pathname, headers, text: body, body: parsed };
  } catch {
    return undefined;
  }
}

function respond<R extends Received>(
  response: ServerResponse,
  service: Service<R>,
  behaviour: Behaviour,
  answer: Answer,
): void {
  if (behaviour.kind === "Close") response.destroy();
  else if (behaviour.kind === "Garbage") response.writeHead(200, { "content-type": service.type }).end("<html>}{");
  else if (behaviour.kind === "Status") send(response, service, scripted(behaviour));
  else send(response, service, answer);
}

function scripted(behaviour: Extract<Behaviour, { kind: "Status" }>): Answer {
  const { status, retryAfterSeconds } = behaviour;
  const headers = retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) };
  return { status: Number(status), headers, body: { error: "as scripted" } };
}

function send<R extends Received>(response: ServerResponse, service: Service<R>, answer: Answer): void {
  response.writeHead(answer.status, { "content-type": service.type, ...answer.headers });
  response.end(JSON.stringify(answer.body));
}
