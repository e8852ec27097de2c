import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { errorCode, FasciaError, safeReason } from "../../base/errors.ts";
import type { AdmissionMetrics } from "../../telemetry/admissionmetrics.ts";
import type { Log } from "../../telemetry/log.ts";
import type { ServingCertificate } from "../certificates/serve.ts";
import { Refusal, readBody } from "./body.ts";
import { boundConnections } from "./connections.ts";
import { TIMEOUT_SECONDS, VALIDATE_PATH } from "./webhooks.ts";

export interface AdmissionServerOptions {
  /** Address to listen on; undefined: all of them. */
  host?: string | undefined;
  /** 0 takes any free one. */
  port: number;
  /** Answers the body of an AdmissionReview; a FasciaError that it rejects with becomes an HTTP status. */
  judge(body: Buffer): Promise<string>;
  /** Whether requests can be answered, for `/readyz`. */
  ready(): boolean;
  metrics: Pick<AdmissionMetrics, "admissionSeconds" | "admissions" | "admissionsInFlight">;
  log: Log;
  limits?: Partial<Limits>;
}

export interface Limits {
  connections: number;
  /** For the TLS handshake, for all headers, and for a whole request, each; milliseconds. */
  requestMs: number;
  /** How often those are looked at, milliseconds. */
  tickMs: number;
}

/** The API server keeps its idle connections for 90 s and is to be the one who closes them. */
const KEEP_ALIVE_MS = 120_000;
const LIMITS: Limits = { connections: 512, requestMs: TIMEOUT_SECONDS * 1000, tickMs: 1000 };

/** What a FasciaError means over HTTP; any other error is a defect of ours. */
const STATUS: Readonly<Record<string, number>> = {
  ReviewInvalid: 400,
  WorldUnknown: 503,
  AdmissionBusy: 503,
  AccessUnknown: 503,
};

/** The webhook's HTTPS server: `POST /validate`, `GET /healthz` and `/readyz`. Has no certificate until it is given one. */
export class AdmissionServer {
  readonly name = "admission server";
  readonly #options: AdmissionServerOptions;
  readonly #server: Server;

  constructor(options: AdmissionServerOptions) {
    const { connections, requestMs, tickMs } = { ...LIMITS, ...options.limits };
    this.#options = options;
    this.#server = createServer({
      handshakeTimeout: requestMs,
      headersTimeout: requestMs,
      requestTimeout: requestMs,
      connectionsCheckingInterval: tickMs,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: 16_384,
      minVersion: "TLSv1.2",
      noDelay: true,
    });
    boundConnections(this.#server, connections);
    this.#server.on("request", (request, response) => void this.#handle(request, response));
    this.#server.on("tlsClientError", (error) => options.log.debug("webhook handshake failed", { error }));
  }

  /** New connections are shown `certificate` from now on. */
  setSecureContext(certificate: ServingCertificate): void {
    this.#server.setSecureContext({ ...certificate, minVersion: "TLSv1.2" });
  }

  /** The port that is listened on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Resolves when it listens. Rejects with FasciaError `ListenFailed`. */
  async start(): Promise<void> {
    const { host, log, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", (cause) => {
        const message = `the admission server cannot listen on ${host ?? "*"}:${port}: ${safeReason(cause)}`;
        reject(new FasciaError("ListenFailed", message, { cause }));
      });
      this.#server.listen({ host, port }, resolve);
    });
    log.info("admission listening", { address: `${host ?? "*"}:${this.port}` });
  }

  /** Takes no further connections; resolves when what is under way was answered. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const patience = setTimeout(() => this.#server.closeAllConnections(), LIMITS.requestMs);
    await closed;
    clearTimeout(patience);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?", 1)[0];
    if (path === VALIDATE_PATH) return this.#measured(request, response);
    request.resume();
    if (path === "/healthz") return send(response, 200, "ok\n");
    if (path !== "/readyz") return send(response, 404, "nothing is served here\n");
    const ready = this.#options.ready();
    send(response, ready ? 200 : 503, ready ? "ok\n" : "resources or certificate are not there yet\n");
  }

  async #measured(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { metrics } = this.#options;
    const webhook = VALIDATE_PATH;
    const begun = performance.now();
    metrics.admissionsInFlight.add({ webhook }, 1);
    await this.#validate(request, response);
    metrics.admissionsInFlight.add({ webhook }, -1);
    metrics.admissions.add({ webhook, code: `${response.statusCode}` });
    metrics.admissionSeconds.observe({ webhook }, (performance.now() - begun) / 1000);
  }

  async #validate(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const answer = await this.#options.judge(await readBody(request));
      // Otherwise the connection would be kept for the next request.
      if (!this.#server.listening) response.setHeader("connection", "close");
      send(response, 200, answer, "application/json");
    } catch (error) {
      const status = error instanceof Refusal ? error.status : (STATUS[errorCode(error)] ?? 500);
      const level = status === 500 ? "error" : "warn";
      this.#options.log[level]("admission not answered", { code: `${status}`, reason: safeReason(error), error });
      // What is still being sent is not waited for.
      response.setHeader("connection", "close");
      send(response, status, `${status === 500 ? "internal error" : safeReason(error)}\n`);
    }
  }
}

function send(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
}
