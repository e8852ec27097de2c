import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { GIVEN, NAME } from "./brokenmessages.ts";
import { Receiver, acknowledgment, controlIdOf, framed } from "./mllp.ts";

interface Listening {
  server: Server;
  address: string;
}

async function listen(
  serve: (request: IncomingMessage, response: ServerResponse) => Promise<void>,
): Promise<Listening> {
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

export async function closeServer(server: Server | undefined): Promise<void> {
  if (!server) return;
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

export interface Echo extends Listening {
  /** Ways in which it has answered. */
  served: Set<string>;
}

/** A FHIR server and an eligibility service that tell everybody what they were told. */
export async function startEcho(): Promise<Echo> {
  const served = new Set<string>();
  const listening = await listen(async (request, response) => {
    const body = await text(request);
    const way = request.url?.startsWith("/fhir") ? "fhir" : nextWay(served);
    served.add(way);
    answer(response, way, body);
  });
  return { ...listening, served };
}

function nextWay(served: Set<string>): string {
  return ["violation", "refusal"].find((way) => !served.has(way)) ?? "garbage";
}

function answer(response: ServerResponse, way: string, body: string): void {
  const type = { "content-type": "application/json", "x-echo": encodeURIComponent(body.slice(0, 1000)) };
  if (way === "violation") response.writeHead(200, type).end(body);
  else if (way === "garbage") response.writeHead(200, type).end(`{"patient": ${body.slice(1)} ${NAME}`);
  else
    response
      .writeHead(way === "fhir" ? 422 : 400, `Refused ${GIVEN}`, type)
      .end(JSON.stringify({ error: body, diagnostics: body }));
}

/** Refuses with the message in the acknowledgment, then answers with the message itself. */
export async function startEchoingBilling(): Promise<Receiver> {
  const receiver = await new Receiver().listen();
  receiver.react = (message) => {
    if (receiver.messages.length > 1) return framed(message);
    const echoed = message.toString("utf8").replaceAll("\r", " ").replaceAll("|", " ");
    return framed(acknowledgment("AR", controlIdOf(message), `ERR|||${NAME}^${GIVEN}|E|||${echoed}\r`));
  };
  return receiver;
}

export interface Collector extends Listening {
  bodies: string[];
}

/** Keeps what an OTLP exporter posts to it. */
export async function startCollector(): Promise<Collector> {
  const bodies: string[] = [];
  const listening = await listen(async (request, response) => {
    bodies.push(await text(request));
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  return { ...listening, bodies };
}
