import type { HttpTargetSpec } from "../../api/adapter-http.ts";
import type { Channel, Outbound, Outcome, Target, TargetDeps } from "../adapter.ts";
import { Agent, type Lease } from "../client/agent.ts";
import type { AnswerBody } from "../client/exchange.ts";
import { encodeJson } from "../../base/json.ts";
import { outcomeOf } from "../client/outcome.ts";

/** A longer answer is not read to its end. */
export const MAX_REPLY_BYTES = 1_048_576;

/**
 * Sends each message as one JSON request to `spec.url`, with the headers Idempotency-Key
 * (draft-ietf-httpapi-idempotency-key-header; sent bare, as the services that know it read it) and traceparent.
 *
 * The status alone decides the outcome (docs/adapters.md has the table): a service that answers 2xx has taken the
 * message, whatever it says beside. Its body is the reply where it is JSON; where it is not, is cut off or longer than
 * 1 MiB, the outcome is Delivered without `reply` and `detail` says why, so that whoever wants a reply sees it missing.
 *
 * Throws FasciaError `UrlInvalid`.
 */
export function createHttpTarget(spec: HttpTargetSpec, deps: TargetDeps): Target {
  const agent = new Agent(spec, deps);
  return {
    idempotent: spec.idempotent,
    concurrency: spec.connections,
    acquire: async (signal) => {
      const lease = await agent.acquire(signal);
      return "kind" in lease ? lease : channel(spec, deps, agent, lease);
    },
    close: () => agent.close(),
  };
}

function channel(spec: HttpTargetSpec, deps: TargetDeps, agent: Agent, lease: Lease): Channel {
  return {
    release: () => lease.release(),
    send: async (message, signal): Promise<Outcome> => {
      const body = encodeJson(message.payload);
      if (body === undefined)
        return { kind: "Permanent", reason: "not sent: what the mapping yields is no JSON value" };
      const path = `${agent.url.pathname}${agent.url.search}`;
      const request = { method: spec.method, path, headers: headersOf(spec, message), body };
      const exchange = await lease.request(request, MAX_REPLY_BYTES, signal);
      const outcome = outcomeOf(exchange, { idempotent: spec.idempotent, now: deps.clock.now() });
      return outcome.kind === "Delivered" && exchange.kind === "Answered" ? withReply(outcome, exchange.body) : outcome;
    },
  };
}

function headersOf({ contentType = "application/json" }: HttpTargetSpec, message: Outbound): Record<string, string> {
  return {
    "content-type": contentType,
    accept: "application/json",
    "idempotency-key": message.idempotencyKey,
    ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
  };
}

function withReply(outcome: Extract<Outcome, { kind: "Delivered" }>, body: AnswerBody): Outcome {
  const without = (why: string): Outcome => ({ ...outcome, detail: `${outcome.detail}; ${why}` });
  if (body.kind === "TooLong") return without(`its answer is longer than ${MAX_REPLY_BYTES} bytes`);
  if (body.kind === "CutOff") return without("its answer was cut off");
  if (body.bytes.length === 0) return without("no answer body");
  try {
    return { ...outcome, reply: JSON.parse(body.bytes.toString()) as unknown };
  } catch {
    return without("its answer is not JSON");
  }
}
