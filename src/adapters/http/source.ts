import type { IncomingMessage, RequestListener } from "node:http";
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { HttpSourceSpec } from "../../api/adapter-http.ts";
import type { Receipt, Receive, Received, Source, SourceDeps } from "../adapter.ts";
import { bind } from "../listen.ts";
import { principalOf, readServerTls, type TlsMaterial } from "../tls.ts";
import { IntakeMemory, readBody } from "./body.ts";
import { checkContent, toReceived } from "./inspect.ts";
import { Problem, PROBLEM_TYPE, problemBody } from "./problem.ts";
import { keepRenewed } from "./renewal.ts";
import { BoundedServer, LIMITS, type Limits } from "./server.ts";
import { checkToken } from "./token.ts";

/** For bodies of all requests together; a single one of the greatest length always fits. */
const MEMORY_BYTES = 64 * 1024 * 1024;
/** How long `stop` waits for requests that are still being sent. */
const STOP_MS = 5000;
/** What a caller is told to wait when the hub could not store its message, seconds. */
const RETRY_AFTER = "5";

/**
 * A webhook: POST of one JSON document at `spec.path`, passed on byte for byte. The caller gets
 *
 * - 202 `{"messageId"}` once the message is stored, and the same answer again for a repeated one (a caller that had no
 *   answer and asks once more is to see what it would have seen);
 * - 409 where it is refused for good, 503 with Retry-After where it could not be stored;
 * - 400, 401, 404, 405, 413, 415 and 503 for requests that never get that far.
 *
 * Every refusal is a problem document (RFC 9457). After a 503 the connection closes, and what a pipelining client sent
 * behind it is not looked at, so that order stays. The Idempotency-Key is the message's identity; without one the
 * identity is empty, and whoever stores the message recognises a repeated one by its body.
 */
export function createHttpSource(spec: HttpSourceSpec, deps: SourceDeps, limits: Limits = LIMITS): Source {
  return new HttpSource(spec, deps, limits);
}

class HttpSource implements Source {
  readonly #spec: HttpSourceSpec;
  readonly #deps: SourceDeps;
  readonly #limits: Limits;
  readonly #memory: IntakeMemory;
  readonly #over = new AbortController();
  #receive: Receive = async () => ({ status: "Unavailable", reason: "not started" });
  #server: BoundedServer | undefined;
  #stopping = false;

  constructor(spec: HttpSourceSpec, deps: SourceDeps, limits: Limits) {
    this.#spec = spec;
    this.#deps = deps;
    this.#limits = limits;
    this.#memory = new IntakeMemory(Math.max(MEMORY_BYTES, 2 * spec.maxMessageBytes));
  }

  async start(receive: Receive): Promise<string> {
    this.#receive = receive;
    const { log, secrets } = this.#deps;
    const { path, port } = this.#spec;
    const tls = this.#spec.tls && (await readServerTls(this.#spec.tls, secrets));
    const { app, server } = this.#createApp(tls);
    await app.ready();
    const bound = await bind(server.server, port, "spec.http.source.port", this.#deps);
    const address = `${tls === undefined ? "http" : "https"}://${bound}${path}`;
    server.server.on("error", (error) => log.error("http listener failed", { error }));
    this.#server = server;
    if (tls !== undefined && this.#spec.tls !== undefined)
      void keepRenewed(server.server, this.#spec.tls, tls, this.#deps, this.#over.signal);
    log.info("http listening", { url: address });
    return address;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#server?.close(this.#deps.clock.sleep(STOP_MS, this.#over.signal));
    this.#over.abort();
  }

  #createApp(tls: TlsMaterial | undefined): { app: FastifyInstance; server: BoundedServer } {
    const { clientAuth = "None" } = this.#spec.tls ?? {};
    let handle: RequestListener = () => {};
    const setup = { tls, clientAuth, limits: this.#limits, log: this.#deps.log };
    const server = new BoundedServer(setup, (request, response) => handle(request, response));
    const app = fastify({
      serverFactory: (handler) => {
        handle = handler;
        return server.server;
      },
      logger: false,
      frameworkErrors: (error, _request, reply) => void this.#refuse(reply as FastifyReply, error),
    });
    app.removeAllContentTypeParsers();
    app.addContentTypeParser("*", (_request: FastifyRequest, payload: IncomingMessage) =>
      readBody(payload, this.#spec.maxMessageBytes, this.#memory),
    );
    app.addHook("onRequest", async (request, reply) => {
      await this.#admit(request);
      // A caller that asks first (RFC 9110 section 10.1.1) sends no body that would be refused by its headers.
      if (request.headers.expect === "100-continue") reply.raw.writeContinue();
    });
    app.post(this.#spec.path, (request, reply) => this.#post(request, reply));
    app.setErrorHandler((error, _request, reply) => this.#refuse(reply, error));
    return { app, server };
  }

  /** Everything that can be said from the headers alone, before a body is read. */
  async #admit(request: FastifyRequest): Promise<void> {
    const { headers } = request;
    if (this.#stopping) throw unavailable("stopping");
    if (this.#spec.bearerTokenRef !== undefined)
      await checkToken(headers.authorization, this.#spec.bearerTokenRef, this.#deps);
    if (request.is404) throw this.#notServed(request);
    checkContent(headers);
    if (Number(headers["content-length"]) > this.#spec.maxMessageBytes) throw tooLong(this.#spec.maxMessageBytes);
  }

  #notServed(request: FastifyRequest): Problem {
    const here = request.url.split("?", 1)[0] === this.#spec.path;
    return here
      ? new Problem(405, "messages are sent by POST", { allow: "POST" })
      : new Problem(404, "nothing is served at this address");
  }

  async #post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    try {
      const receipt = await this.#store(toReceived(request.headers, body, this.#principal(request.raw.socket)));
      if (receipt.status === "Refused") throw new Problem(409, receipt.reason);
      if (receipt.status === "Rejected") throw new Problem(422, receipt.reason);
      if (receipt.status === "Unavailable") throw unavailable(receipt.reason);
      return await this.#answer(reply.code(202), "application/json", JSON.stringify({ messageId: receipt.messageId }));
    } finally {
      this.#memory.give(body.length);
    }
  }

  async #store(message: Received): Promise<Receipt> {
    try {
      return await this.#receive(message);
    } catch (error) {
      this.#deps.log.error("receiving failed", { error });
      return { status: "Unavailable", reason: "internal error" };
    }
  }

  /** The name in the client's certificate, or that of the Secret whose token was sent. */
  #principal(socket: Socket): string | undefined {
    const named = "authorized" in socket ? principalOf(socket as TLSSocket) : undefined;
    return named ?? this.#spec.bearerTokenRef?.name;
  }

  #refuse(reply: FastifyReply, error: unknown): FastifyReply {
    const problem = asProblem(error);
    const { status, message } = problem;
    if (status === 500) this.#deps.log.error("http request failed", { error });
    else this.#deps.log.warn("http message refused", { code: problem.code, reason: message });
    // Behind what could not be taken now nothing else is taken: the caller comes again, in order. After other refusals
    // the connection goes on, whatever fastify wants: closed over a body that still comes, it would lose the answer.
    if (status >= 500) reply.header("connection", "close");
    else reply.removeHeader("connection");
    return this.#answer(reply.code(status).headers(problem.headers), PROBLEM_TYPE, problemBody(status, message));
  }

  #answer(reply: FastifyReply, type: string, body: string): FastifyReply {
    if (this.#stopping) reply.header("connection", "close");
    return reply.type(type).send(body);
  }
}

function unavailable(reason: string): Problem {
  return new Problem(503, reason, { "retry-after": RETRY_AFTER });
}

function tooLong(maxBytes: number): Problem {
  return new Problem(413, `the message is longer than ${maxBytes} bytes`);
}

/** What fastify itself refuses are requests that it cannot read; anything else is a defect of ours. */
function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const status = error instanceof Error ? (error as { statusCode?: unknown }).statusCode : undefined;
  const malformed = typeof status === "number" && status >= 400 && status < 500;
  return malformed ? new Problem(400, "the request is malformed") : new Problem(500, "internal error");
}
