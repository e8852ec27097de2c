import { encodeJson } from "../../base/json.ts";
import type { Lease } from "../client/agent.ts";
import { judgeUpdate } from "./answer.ts";
import { guard, type Guarded, MAX_ROUNDS, OVERTAKEN, wasOvertaken } from "./guard.ts";
import type { Put } from "./puts.ts";
import { ask, type Deliver, type Delivery, type Server } from "./server.ts";
import { tally } from "./tally.ts";

/** Each resource by itself, in the Bundle's order; the first that fails decides. */
export const sendUpdates: Deliver = async (server, lease, delivery) => {
  const done: Guarded[] = [];
  for (const [index, put] of delivery.puts.entries()) {
    if (encodeJson(put.resource) === undefined)
      return { kind: "Permanent", reason: `not sent: Bundle.entry[${index}] is no JSON value` };
    const settled = await update(server, lease, put, delivery);
    if (settled.kind === "Fail")
      return { ...settled.outcome, reason: `Bundle.entry[${index}]: ${settled.outcome.reason}` };
    done.push(settled);
  }
  return { kind: "Delivered", detail: tally(done) };
};

async function update(server: Server, lease: Lease, put: Put, delivery: Delivery): Promise<Guarded> {
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const guarded = await guard(server, lease, put, delivery);
    if (guarded.kind !== "Send") return guarded;
    const { url, resource, condition } = guarded.put;
    const body = encodeJson(resource);
    if (body === undefined) return fail({ kind: "Permanent", reason: "not sent: it is nested too deeply" });
    const headers = conditionHeaders(condition);
    const exchange = await ask(server, lease, { method: "PUT", place: url, headers, body }, delivery);
    const outcome = judgeUpdate(exchange, server.deps.clock.now());
    if (outcome.kind === "Delivered") return guarded;
    if (!wasOvertaken(exchange, [guarded.put])) return fail(outcome);
  }
  return fail(OVERTAKEN);
}

const fail = (outcome: Extract<Guarded, { kind: "Fail" }>["outcome"]): Guarded => ({ kind: "Fail", outcome });

const conditionHeaders = (condition: Put["condition"]): Record<string, string> =>
  condition === undefined
    ? {}
    : "ifMatch" in condition
      ? { "if-match": condition.ifMatch }
      : { "if-none-match": condition.ifNoneMatch };
