import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { FhirRouter, MemoryRepository, type Outcome, type Resource } from "@medplum/fhir-router";

/** By the id of an outcome; any other is a request that is at fault. */
const STATUS: Record<string, number> = {
  ok: 200,
  created: 201,
  "not-found": 404,
  gone: 410,
  "precondition-failed": 412,
};

/** Medplum's FHIR R4 server over HTTP: versions, conditional updates and transactions are its own. */
export class FhirServer {
  /** `<method> <path>` of what was asked, in order. */
  readonly asked: string[] = [];
  /** Runs before a request is answered: what others do meanwhile. */
  before: (method: string, path: string) => Promise<void> = async () => {};
  readonly #router = new FhirRouter();
  readonly #repository = new MemoryRepository();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.writeHead(500).end());
    });
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/fhir`;
  }

  /** As another client of the server would. */
  async put(resource: Resource): Promise<void> {
    await this.#repository.updateResource(structuredClone(resource));
  }

  /** As it is stored, without what the server says in meta; undefined where there is none. */
  async get(type: string, id: string): Promise<Record<string, unknown> | undefined> {
    const stored = await this.#read(type, id);
    const { meta: _meta, ...rest } = stored ?? {};
    return stored && rest;
  }

  async delete(type: string, id: string): Promise<void> {
    await this.#repository.deleteResource(type, id);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #read(type: string, id: string): Promise<Resource | undefined> {
    return this.#repository.readResource(type, id).catch(() => undefined);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const pathname = url.replace(/^\/fhir/, "") || "/";
    this.asked.push(`${method} ${pathname}`);
    const body = await bodyOf(request);
    await this.before(method, pathname);
    const [, type = "", id = ""] = pathname.split("/");
    // What the repository leaves to whoever speaks HTTP for it.
    if (headers["if-none-match"] === "*" && (await this.#read(type, id)) !== undefined) {
      response.writeHead(412).end();
      return;
    }
    const asked = { method, url: pathname, pathname: "", body, params: {}, query: {}, headers };
    const [outcome, resource] = await this.#router.handleRequest(asked, this.#repository);
    const version = resource?.meta?.versionId;
    response.writeHead(statusOf(outcome), {
      "content-type": "application/fhir+json",
      ...(version !== undefined && { etag: `W/"${version}"` }),
    });
    response.end(JSON.stringify(resource ?? outcome));
  }
}

const statusOf = ({ id = "" }: Outcome): number => STATUS[id] ?? 400;

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  return text === "" ? undefined : JSON.parse(text);
}
