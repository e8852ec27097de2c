import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FasciaError, safeReason } from "../base/errors.ts";
import type { Health, HealthReport } from "./health.ts";
import type { MetricsText } from "./metrics.ts";

/** An import would bring a second HTTP client along: adapters/nodehttp.ts. */
const { createServer } = process.getBuiltinModule("node:http");

export interface TelemetryServer {
  /** With the port that was given, e.g. `http://127.0.0.1:9464`. */
  address: string;
  close(): Promise<void>;
}

export interface TelemetryServerOptions {
  /** 0 takes any free port. */
  port: number;
  /** Address to listen on; undefined: all of them, of both families where there are both. */
  host?: string;
  metrics: MetricsText;
  health: Health;
}

/** Serves `/metrics` (Prometheus), `/healthz` and `/readyz` (200 or 503 with a line for each reason). */
export async function serveTelemetry(options: TelemetryServerOptions): Promise<TelemetryServer> {
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, keepAliveTimeout: 5_000 });
  server.maxConnections = 64;
  server.on("request", (request, response) => {
    request.resume();
    if (request.method !== "GET" && request.method !== "HEAD") return send(response, 405, "only GET is served here\n");
    void answer(request.url?.split("?", 1)[0] ?? "/", response, options);
  });
  await listen(server, options);
  const { address, family, port } = server.address() as AddressInfo;
  return { address: `http://${family === "IPv6" ? `[${address}]` : address}:${port}`, close: () => close(server) };
}

async function answer(path: string, response: ServerResponse, { metrics, health }: TelemetryServerOptions) {
  if (path === "/healthz") return sendReport(response, health.live());
  if (path === "/readyz") return sendReport(response, health.ready());
  if (path !== "/metrics") return send(response, 404, "try /metrics, /healthz or /readyz\n");
  try {
    send(response, 200, await metrics.text(), metrics.contentType);
  } catch (error) {
    send(response, 500, `the metrics cannot be read: ${safeReason(error)}\n`);
  }
}

function sendReport(response: ServerResponse, report: HealthReport): void {
  const lines = [...(report.ok ? ["ok"] : report.failing), ...(report.notes ?? [])];
  send(response, report.ok ? 200 : 503, lines.map((line) => `${line}\n`).join(""));
}

function send(response: ServerResponse, status: number, body: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
}

function listen(server: Server, { port, host }: TelemetryServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `cannot serve metrics and health on ${host ?? "*"}:${port}: ${safeReason(cause)}; choose another one with --telemetry, or off`;
      reject(new FasciaError("TelemetryPort", message, { cause }));
    });
    server.listen(port, host, resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
