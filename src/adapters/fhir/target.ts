import type { FhirTargetSpec } from "../../api/adapter-http.ts";
import type { Channel, Outbound, Outcome, Target, TargetDeps } from "../adapter.ts";
import { Agent, type Lease } from "../client/agent.ts";
import type { HttpRequest } from "../client/exchange.ts";
import { encodeJson } from "../../base/json.ts";
import { judgeTransaction, judgeUpdate, MAX_ANSWER_BYTES } from "./answer.ts";
import { type Put, putsOf, transactionOf } from "./puts.ts";

/**
 * Sends the resources of a Bundle to a FHIR R4 server (http://hl7.org/fhir/R4/http.html).
 *
 * `Update` puts each resource at `[base]/[type]/[id]`, one after another in the Bundle's order, so that a server that
 * checks references has seen what is referred to; the first that fails decides, and those behind it are not sent.
 * `Transaction` posts all of them as one Bundle. Either way a resource is stored under its own id, and sending it again
 * changes nothing: the target is idempotent, and an unknown outcome is repeated.
 *
 * Throws FasciaError `UrlInvalid`.
 */
export function createFhirTarget(spec: FhirTargetSpec, deps: TargetDeps): Target {
  const agent = new Agent(spec, deps);
  const server: Server = { base: agent.url.pathname.replace(/\/+$/, ""), query: agent.url.search, deps };
  const deliver = spec.interaction === "Transaction" ? sendTransaction : sendUpdates;
  return {
    idempotent: true,
    concurrency: spec.connections,
    acquire: async (signal) => {
      const lease = await agent.acquire(signal);
      return "kind" in lease ? lease : channel(server, lease, deliver);
    },
    close: () => agent.close(),
  };
}

interface Server {
  /** Path of `[base]`, without a slash at its end. */
  base: string;
  query: string;
  deps: TargetDeps;
}

/** A message's way out: its resources, the headers that name it, and when to give up. */
interface Delivery {
  puts: Put[];
  headers: Record<string, string>;
  signal: AbortSignal;
}

type Deliver = (server: Server, lease: Lease, delivery: Delivery) => Promise<Outcome>;

function channel(server: Server, lease: Lease, deliver: Deliver): Channel {
  return {
    release: () => lease.release(),
    send: async (message, signal) => {
      const puts = putsOf(message.payload);
      if (typeof puts === "string") return { kind: "Permanent", reason: `not sent: ${puts}` };
      return deliver(server, lease, { puts, headers: headersOf(message), signal });
    },
  };
}

function headersOf(message: Outbound): Record<string, string> {
  return {
    "content-type": "application/fhir+json",
    accept: "application/fhir+json",
    prefer: "return=minimal",
    ...(message.traceparent !== undefined && { traceparent: message.traceparent }),
  };
}

const sendUpdates: Deliver = async (server, lease, { puts, headers, signal }) => {
  for (const [index, put] of puts.entries()) {
    const body = encodeJson(put.resource);
    if (body === undefined) return { kind: "Permanent", reason: `not sent: Bundle.entry[${index}] is no JSON value` };
    const request: HttpRequest = { method: "PUT", path: `${server.base}/${put.url}${server.query}`, headers, body };
    const exchange = await lease.request(request, MAX_ANSWER_BYTES, signal);
    const outcome = judgeUpdate(exchange, server.deps.clock.now());
    if (outcome.kind !== "Delivered") return { ...outcome, reason: `Bundle.entry[${index}]: ${outcome.reason}` };
  }
  return { kind: "Delivered", detail: `${puts.length} resources updated` };
};

const sendTransaction: Deliver = async (server, lease, { puts, headers, signal }) => {
  const body = transactionOf(puts);
  if (body === undefined) return { kind: "Permanent", reason: "not sent: the Bundle is no JSON value" };
  const request: HttpRequest = { method: "POST", path: `${server.base || "/"}${server.query}`, headers, body };
  const exchange = await lease.request(request, MAX_ANSWER_BYTES, signal);
  return judgeTransaction(exchange, puts.length, server.deps.clock.now());
};
