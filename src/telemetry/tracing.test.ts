import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, describe, expect, it, vi } from "vitest";
import { silentLog } from "./log.ts";
import { enableTracing, type SpanFields, startSpan } from "./tracing.ts";

const INCOMING = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

function record(): InMemorySpanExporter {
  const exporter = new InMemorySpanExporter();
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }));
  return exporter;
}

afterEach(() => {
  trace.disable();
  vi.unstubAllEnvs();
});

describe("without tracing", () => {
  it("a span hands on what came in, and nothing when nothing did", () => {
    expect(startSpan("receive", { traceparent: INCOMING }).traceparent).toBe(INCOMING);
    expect(startSpan("receive").traceparent).toBeUndefined();
    expect(startSpan("receive", { traceparent: "rubbish" }).traceparent).toBeUndefined();
    startSpan("receive").end("Accepted");
  });

  it("nothing is enabled unless the environment names a collector", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "");
    expect(await enableTracing(silentLog)).toBeUndefined();
  });
});

describe("with tracing", () => {
  it("spans of one message form one trace across hops", () => {
    const exporter = record();
    const receive = startSpan("receive", { kind: "server" });
    const deliver = startSpan("deliver", { traceparent: receive.traceparent, kind: "client" });
    deliver.end("Delivered");
    receive.end("Accepted");
    const [child, parent] = exporter.getFinishedSpans();
    expect(child?.name).toBe("deliver");
    expect(child?.spanContext().traceId).toBe(parent?.spanContext().traceId);
    expect(child?.parentSpanContext?.spanId).toBe(parent?.spanContext().spanId);
  });

  it("goes on with the caller's trace", () => {
    const exporter = record();
    const span = startSpan("receive", { traceparent: INCOMING });
    span.end("Accepted");
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
    expect(exporter.getFinishedSpans()[0]?.parentSpanContext?.spanId).toBe("b7ad6b7169203331");
  });

  it("records nothing where the caller does not record, and hands the trace on", () => {
    const exporter = record();
    const span = startSpan("receive", { traceparent: INCOMING.replace(/01$/, "00") });
    span.end("Accepted");
    expect(span.traceparent).toMatch(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-00$/);
    expect(exporter.getFinishedSpans()).toHaveLength(0);
  });

  it("keeps attributes and outcome, an error where it failed", () => {
    const exporter = record();
    startSpan("deliver", { attributes: { adapter: "hospital/billing", messageId: "k1.abc", attempt: 2 } }).end(
      "Ambiguous",
    );
    startSpan("deliver").end("Delivered");
    const [failed, delivered] = exporter.getFinishedSpans();
    expect(failed?.attributes).toEqual({
      "fascia.adapter": "hospital/billing",
      "fascia.message-id": "k1.abc",
      "fascia.attempt": 2,
      "fascia.outcome": "Ambiguous",
    });
    expect(failed?.status.code).toBe(SpanStatusCode.ERROR);
    expect(delivered?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it("refuses payloads as attributes, outcomes and names", () => {
    const exporter = record();
    const forced = { adapter: "PID|1||CANARY", CANARY: 1, messageId: { CANARY: 1 } } as unknown as SpanFields;
    startSpan("deliver", { attributes: forced }).end("MSH|CANARY");
    startSpan("PID|CANARY" as never).end("Delivered");
    const spans = exporter.getFinishedSpans().map((span) => JSON.stringify([span.name, span.attributes]));
    expect(spans).toHaveLength(2);
    expect(spans.join()).not.toContain("CANARY");
  });
});

describe("the exporter", () => {
  it("sends spans by OTLP over HTTP to the collector of the environment, the last ones at shutdown", async () => {
    const bodies: string[] = [];
    const collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        bodies.push(`${request.url} ${Buffer.concat(chunks).toString()}`);
        response.writeHead(200, { "content-type": "application/json" }).end("{}");
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
    const { port } = collector.address() as AddressInfo;
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", `http://127.0.0.1:${port}`);
    const tracing = await enableTracing(silentLog);
    startSpan("deliver").end("Delivered");
    await tracing?.shutdown();
    collector.closeAllConnections();
    await new Promise((resolve) => collector.close(resolve));
    expect(bodies).toHaveLength(1);
    expect(bodies[0]).toMatch(/^\/v1\/traces .*"deliver"/s);
    expect(bodies[0]).toContain('{"key":"service.name","value":{"stringValue":"fascia"}}');
  });

  it("says once that the collector is away, and shuts down all the same", async () => {
    vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1");
    vi.stubEnv("OTEL_EXPORTER_OTLP_TIMEOUT", "200");
    const said: string[] = [];
    const tracing = await enableTracing({ ...silentLog, warn: (event: string) => void said.push(event) });
    startSpan("deliver").end("Delivered");
    await tracing?.shutdown();
    expect(said).toEqual(["traces cannot be exported"]);
  });
});
