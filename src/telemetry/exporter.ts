import { diag, DiagLogLevel, trace } from "@opentelemetry/api";
import type { Log } from "./log.ts";

export interface Tracing {
  /** Sends what is recorded and not sent yet, then stops. Never rejects: traces must not hold up a shutdown. */
  shutdown(): Promise<void>;
}

/**
 * Exports spans by OTLP over HTTP when the environment names a collector (`OTEL_EXPORTER_OTLP_ENDPOINT` or
 * `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`); undefined, and nothing loaded, when it does not. `OTEL_SERVICE_NAME` names the
 * service (default `fascia`), `OTEL_TRACES_SAMPLER_ARG` is the share of traces that begin here to record (default 1).
 * A trace that came in is recorded when its caller records it.
 */
export async function enableTracing(log: Log): Promise<Tracing | undefined> {
  const { env } = process;
  const endpoint = env["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] ?? env["OTEL_EXPORTER_OTLP_ENDPOINT"];
  if (endpoint === undefined || endpoint === "" || env["OTEL_SDK_DISABLED"] === "true") return undefined;
  const [sdk, { OTLPTraceExporter }, { defaultResource, resourceFromAttributes }] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/exporter-trace-otlp-http"),
    import("@opentelemetry/resources"),
  ]);
  const name = resourceFromAttributes({ "service.name": env["OTEL_SERVICE_NAME"] ?? "fascia" });
  const provider = new sdk.TracerProvider({
    resource: defaultResource().merge(name),
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(ratio(env)) }),
    spanProcessors: [new sdk.BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const trouble = troubleOnce(log);
  hearDiagnostics(trouble);
  trace.setGlobalTracerProvider(provider);
  return {
    shutdown: async () => {
      trace.disable();
      await provider.shutdown().catch(trouble);
      diag.disable();
    },
  };
}

/** A collector that is away fails every few seconds for hours; its texts are its own, so only the fact is logged. */
function troubleOnce(log: Log): () => void {
  let said = false;
  return () => {
    if (!said) log.warn("traces cannot be exported", { reason: "is the OTLP collector up? This is said only once" });
    said = true;
  };
}

const ignore = () => {};

function hearDiagnostics(trouble: () => void): void {
  const logger = { error: trouble, warn: trouble, info: ignore, debug: ignore, verbose: ignore };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
}

function ratio(env: NodeJS.ProcessEnv): number {
  const share = Number(env["OTEL_TRACES_SAMPLER_ARG"] ?? 1);
  return share >= 0 && share <= 1 ? share : 1;
}
