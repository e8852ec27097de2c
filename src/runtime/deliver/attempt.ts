import { type Channel, type Outbound, type Outcome, type Target, isChannel } from "../../adapters/adapter.ts";
import { errorCode, safeReason } from "../../base/errors.ts";
import { adapterRef } from "../../compile/names.ts";
import { startSpan } from "../../telemetry/tracing.ts";
import type { Deps } from "../deps.ts";
import type { LineageRecord } from "../../api/lineage.ts";
import type { RecordWriter } from "../records.ts";
import type { Entry } from "./entry.ts";
import { recordOf } from "./journal.ts";
import type { Plan } from "./plan.ts";
import type { Replies } from "./replies.ts";
import { publishReply } from "./reply.ts";
import type { Rendered, Route } from "./route.ts";

/** What an attempt needs beside the message. */
export interface Attempting {
  deps: Deps;
  target: Target;
  records: RecordWriter;
  replies: Replies;
  /** Whether this process may still begin to send. */
  mayBegin(): boolean;
  /** Ends waiting: for a channel, a record, the hub. */
  signal: AbortSignal;
  /** Ends waiting for the target's answer; later than `signal`, so that what is under way can end well. */
  sendSignal: AbortSignal;
}

export type Attempted =
  /** `contacted`: the outcome is the target's, not our own. */
  | { kind: "outcome"; outcome: Outcome; ms: number; contacted: boolean }
  | { kind: "skip"; rule: string }
  /** Nothing was sent: the term is ending. */
  | { kind: "void" };

/** One attempt of an entry's first route. Rejects when the records are fenced or closed: the term is over then. */
export async function attempt(entry: Entry, route: Route, plan: Plan, a: Attempting): Promise<Attempted> {
  const { integration } = route.config;
  if (!a.target.idempotent && entry.open.has(integration)) {
    const reason = "the process ended after it had sent the message and before it knew the answer";
    return own({ kind: "Ambiguous", reason, down: false });
  }
  const rendered = await renderOrRefuse(entry, route);
  if ("outcome" in rendered) return own(rendered.outcome);
  if (rendered.kind === "skip") return { kind: "skip", rule: rendered.rule };
  if (rendered.kind === "wait") return own(waiting(rendered, entry, route));
  entry.rendered = rendered;
  return send(entry, route, plan, rendered, a);
}

/** Nothing was sent. What may never come is not waited for without end. */
function waiting({ reason, bounded }: Extract<Rendered, { kind: "wait" }>, entry: Entry, route: Route): Outcome {
  if (bounded === true && entry.attempts >= route.config.retry.attempts)
    return { kind: "Permanent", reason: `not sent: ${reason}` };
  return { kind: "Transient", reason, down: false };
}

const own = (outcome: Outcome): Attempted => ({ kind: "outcome", outcome, ms: 0, contacted: false });

async function renderOrRefuse(entry: Entry, route: Route): Promise<Rendered | { outcome: Outcome }> {
  try {
    if (entry.rendered) return entry.rendered;
    return await route.render(entry.meta, payloadOf(entry));
  } catch (error) {
    return { outcome: { kind: "Permanent", reason: `${errorCode(error)}: ${safeReason(error)}` } };
  }
}

/** Kept only for further routes: what lives long costs the collector most. */
function payloadOf(entry: Entry): unknown {
  const { buffer, byteOffset, length } = entry.data;
  const payload = entry.payload ?? (JSON.parse(Buffer.from(buffer, byteOffset, length).toString()) as unknown);
  entry.payload = (entry.routes?.length ?? 0) > 1 ? payload : undefined;
  return payload;
}

async function send(
  entry: Entry,
  route: Route,
  plan: Plan,
  rendered: Extract<Rendered, { kind: "send" }>,
  a: Attempting,
): Promise<Attempted> {
  const channel = await a.target.acquire(a.signal);
  if (!isChannel(channel))
    return a.signal.aborted ? { kind: "void" } : { kind: "outcome", outcome: channel, ms: 0, contacted: true };
  const span = startSpan("deliver", {
    traceparent: entry.meta.traceparent,
    kind: "client",
    attributes: { adapter: adapterRef(a.deps.adapter), integration: route.config.integration },
  });
  const { payload, idempotencyKey, owned } = rendered;
  const outbound = { payload, idempotencyKey, messageId: entry.meta.messageId, ...(owned && { owned }) };
  const traced = span.traceparent === undefined ? outbound : { ...outbound, traceparent: span.traceparent };
  const sent = await sendOn(channel, traced, entry, route, plan, a).finally(() => channel.release());
  span.end(sent.kind === "outcome" ? sent.outcome.kind : "Withdrawn");
  if (sent.kind !== "outcome" || sent.outcome.kind !== "Delivered") return sent;
  await publishReply({ ...a, signal: a.sendSignal }, entry, route, plan, sent.outcome.reply);
  return sent;
}

async function sendOn(
  channel: Channel,
  outbound: Outbound,
  entry: Entry,
  route: Route,
  plan: Plan,
  a: Attempting,
): Promise<Attempted> {
  const { clock } = a.deps;
  if (!a.target.idempotent) await a.records.add(intentOf(entry, route, plan, a.deps), true);
  if (a.signal.aborted || !a.mayBegin()) return withdraw(entry, route, plan, a);
  const started = clock.monotonic();
  const outcome = await channel.send(outbound, a.sendSignal);
  return { kind: "outcome", outcome, ms: clock.monotonic() - started, contacted: true };
}

/** The pin may have lapsed while the intent was written: nothing was sent, and the records should say so. */
async function withdraw(entry: Entry, route: Route, plan: Plan, a: Attempting): Promise<Attempted> {
  if (!a.target.idempotent) {
    await a.records.add({ ...intentOf(entry, route, plan, a.deps), hop: "Delivery", outcome: "Withdrawn" });
  }
  return { kind: "void" };
}

function intentOf(entry: Entry, route: Route, plan: Plan, deps: Deps): LineageRecord {
  return {
    ...recordOf(entry, deps),
    hop: "Intent",
    at: deps.clock.now(),
    integration: route.config.integration,
    revision: plan.revision,
    attempt: entry.attempts,
  };
}
