import { type Context, ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { checkFields, isName, type LogFields, REFUSED } from "./fields.ts";
import { checkEvent, type EventName } from "./log.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";

export { enableTracing, type Tracing } from "./exporter.ts";

/** What a span may say: the closed list of the log without its free text. Values are checked in the same way. */
export type SpanFields = Pick<
  LogFields,
  | "adapter"
  | "namespace"
  | "integration"
  | "contract"
  | "version"
  | "event"
  | "messageId"
  | "correlationId"
  | "stream"
  | "sequence"
  | "attempt"
  | "revision"
  | "worker"
>;

export interface SpanOptions {
  /** Where the trace comes from: a header of the message. Anything invalid starts a new trace. */
  traceparent?: string | undefined;
  attributes?: SpanFields;
  /** `consumer` takes messages, `producer` publishes, `client` calls a target, `server` answers a sender. */
  kind?: "internal" | "server" | "client" | "producer" | "consumer";
}

export interface TraceSpan {
  /** To hand on with the message. Undefined when tracing is off and nothing came in. */
  readonly traceparent: string | undefined;
  /** `outcome`: how it ended, e.g. `Delivered`. Those of `FAILED` mark the span as an error. */
  end(outcome: string): void;
}

const FAILED = new Set([
  "Transient",
  "Ambiguous",
  "Permanent",
  "Quarantined",
  "Refused",
  "Rejected",
  "Unavailable",
  "Failed",
]);

const KINDS = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** One step of a message's way, e.g. `receive`, `normalise`, `deliver`. Without `enableTracing` it only hands the trace on. */
export function startSpan<E extends string>(name: E & EventName<E>, options: SpanOptions = {}): TraceSpan {
  const kind = KINDS[options.kind ?? "internal"];
  const span = trace.getTracer("fascia").startSpan(checkEvent(name), { kind }, parentContext(options.traceparent));
  if (!span.isRecording()) return passOn(span);
  setFields(span, options.attributes ?? {});
  return { traceparent: traceparentOf(span), end: (outcome) => endSpan(span, outcome) };
}

function parentContext(traceparent: string | undefined): Context {
  const parent = parseTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: flags & 1, isRemote: true });
}

function passOn(span: Span): TraceSpan {
  return { traceparent: traceparentOf(span), end: () => {} };
}

function traceparentOf(span: Span): string | undefined {
  const context = span.spanContext();
  return trace.isSpanContextValid(context) ? formatTraceparent({ ...context, flags: context.traceFlags }) : undefined;
}

function setFields(span: Span, fields: SpanFields): void {
  for (const [key, value] of Object.entries(checkFields(fields))) span.setAttribute(`fascia.${kebab(key)}`, value);
}

function endSpan(span: Span, outcome: string): void {
  span.setAttribute("fascia.outcome", isName(outcome) ? outcome : REFUSED);
  if (FAILED.has(outcome)) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}

const kebab = (key: string): string => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
