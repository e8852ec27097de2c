import { canonicalJson } from "../../base/hash.ts";
import { mergeOwned } from "../../mapping/ownership/merge.ts";
import type { Territory } from "../../mapping/ownership/plan.ts";
import type { Outcome } from "../adapter.ts";
import type { Lease } from "../client/agent.ts";
import type { Exchange } from "../client/exchange.ts";
import { answersWith } from "./answer.ts";
import type { Put } from "./puts.ts";
import { ask, type Delivery, type Server } from "./server.ts";
import { type Standing, standingOf } from "./standing.ts";

/** How often a resource is read anew because somebody else was faster; after that the delivery is tried again later. */
export const MAX_ROUNDS = 5;

/** What there is to do about one resource of a message. */
export type Guarded =
  | { kind: "Send"; put: Put }
  /** `Foreign`: the message's source owns nothing of it. `Unchanged`: what it owns stands there as it says already. */
  | { kind: "Leave"; put: Put; why: "Foreign" | "Unchanged" }
  | { kind: "Fail"; outcome: Exclude<Outcome, { kind: "Delivered" }> };

/** The update that changes what the message's source owns of the resource and nothing else. Reads only where others own a part. */
export async function guard(server: Server, lease: Lease, put: Put, delivery: Delivery): Promise<Guarded> {
  const owned = delivery.owned.get(String(put.resource["resourceType"]))?.root;
  if (owned === undefined || (owned.isOwn && !owned.isMixed)) return { kind: "Send", put };
  if (!owned.isOwn && !owned.isMixed) return { kind: "Leave", put, why: "Foreign" };
  const headers = { "cache-control": "no-cache" };
  const exchange = await ask(server, lease, { method: "GET", place: put.url, headers }, delivery);
  const standing = standingOf(exchange, put, server.deps.clock.now());
  if (standing.kind === "Standing") return merged(put, standing, owned);
  if (standing.kind === "Delivered") throw new Error("a read that was delivered");
  return { kind: "Fail", outcome: standing };
}

function merged(put: Put, { resource: before, condition }: Standing, owned: Territory): Guarded {
  try {
    const resource = mergeOwned(before, put.resource, owned);
    if (typeof resource === "string") return refused(resource);
    const nothing = { resourceType: put.resource["resourceType"], id: put.resource["id"] };
    const isSame = canonicalJson(resource) === canonicalJson(before ?? nothing);
    return isSame ? { kind: "Leave", put, why: "Unchanged" } : { kind: "Send", put: { ...put, resource, condition } };
  } catch (error) {
    if (error instanceof RangeError) return refused("it is nested too deeply");
    throw error;
  }
}

const refused = (why: string): Guarded => ({
  kind: "Fail",
  outcome: { kind: "Permanent", reason: `not sent: ${why}` },
});

const CHANGED = [409, 412];
const GONE = [404, 410];

/** Whether the server refused `puts` because something else stands there than was read. */
export function wasOvertaken(exchange: Exchange, puts: readonly Put[]): boolean {
  const conditions = puts.flatMap(({ condition }) => condition ?? []);
  if (conditions.length === 0) return false;
  return answersWith(exchange, conditions.some((each) => "ifMatch" in each) ? [...CHANGED, ...GONE] : CHANGED);
}

export const OVERTAKEN: Outcome & { kind: "Transient" } = {
  kind: "Transient",
  reason: `each of the ${MAX_ROUNDS} times that it was read somebody else changed it before the update`,
  down: false,
};
