import type { Outcome, TargetDeps } from "../adapter.ts";
import type { Lease } from "../client/agent.ts";
import type { Exchange } from "../client/exchange.ts";
import type { OwnershipPlan } from "../../mapping/ownership.ts";
import { MAX_ANSWER_BYTES } from "./answer.ts";
import type { Put } from "./puts.ts";

export interface Server {
  /** Path of `[base]`, without a slash at its end. */
  base: string;
  query: string;
  deps: TargetDeps;
}

/** A message's way out: its resources, what of them may be written, and when to give up. */
export interface Delivery {
  puts: Put[];
  /** By resource type, what of it the message's source owns; everything of types that are not named. */
  owned: OwnershipPlan;
  traceparent: string | undefined;
  signal: AbortSignal;
}

export type Deliver = (server: Server, lease: Lease, delivery: Delivery) => Promise<Outcome>;

/** What is asked of the server at `place`, which is `[type]/[id]` or, for `[base]` itself, empty. */
export interface Asked {
  method: "GET" | "POST" | "PUT";
  place: string;
  headers?: Record<string, string>;
  body?: Buffer;
}

/** Asks and waits for the answer; never rejects. */
export function ask(server: Server, lease: Lease, asked: Asked, delivery: Delivery): Promise<Exchange> {
  const { method, place, headers, body } = asked;
  const { traceparent, signal } = delivery;
  const path = `${server.base}${place === "" ? "" : `/${place}`}` || "/";
  const request = {
    method,
    path: `${path}${server.query}`,
    headers: {
      accept: "application/fhir+json",
      ...(body && { "content-type": "application/fhir+json", prefer: "return=minimal" }),
      ...(traceparent !== undefined && { traceparent }),
      ...headers,
    },
    ...(body && { body }),
  };
  return lease.request(request, MAX_ANSWER_BYTES, signal);
}
