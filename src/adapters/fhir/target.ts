import type { FhirTargetSpec } from "../../api/adapter-http.ts";
import type { Channel, Target, TargetDeps } from "../adapter.ts";
import { Agent, type Lease } from "../client/agent.ts";
import type { OwnershipPlan } from "../../mapping/ownership.ts";
import { putsOf } from "./puts.ts";
import type { Deliver, Server } from "./server.ts";
import { sendTransaction } from "./transaction.ts";
import { sendUpdates } from "./updates.ts";

/**
 * Sends the resources of a Bundle to a FHIR R4 server (http://hl7.org/fhir/R4/http.html).
 *
 * `Update` puts each resource at `[base]/[type]/[id]`, one after another in the Bundle's order, so that a server that
 * checks references has seen what is referred to; the first that fails decides, and those behind it are not sent.
 * `Transaction` posts all of them as one Bundle. Either way a resource is stored under its own id, and sending it again
 * changes nothing: the target is idempotent, and an unknown outcome is repeated.
 *
 * Of a resource that several systems own parts of, only what the message's source owns is written: what stands there is
 * read, merged, and put back under the condition that it is still that (`If-Match`).
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

const NOTHING: OwnershipPlan = new Map();

function channel(server: Server, lease: Lease, deliver: Deliver): Channel {
  return {
    release: () => lease.release(),
    send: async ({ payload, owned = NOTHING, traceparent }, signal) => {
      const puts = putsOf(payload);
      if (typeof puts === "string") return { kind: "Permanent", reason: `not sent: ${puts}` };
      return deliver(server, lease, { puts, owned, traceparent, signal });
    },
  };
}
