import type { Outcome } from "../adapter.ts";
import type { Lease } from "../client/agent.ts";
import { judgeTransaction } from "./answer.ts";
import { guard, type Guarded, MAX_ROUNDS, OVERTAKEN, wasOvertaken } from "./guard.ts";
import { transactionOf } from "./puts.ts";
import { ask, type Deliver, type Delivery, type Server } from "./server.ts";
import { tally } from "./tally.ts";

/** All resources as one Bundle. What others own a part of is read before; where that is overtaken, all of it is read anew. */
export const sendTransaction: Deliver = async (server, lease, delivery) => {
  if (transactionOf(delivery.puts) === undefined)
    return { kind: "Permanent", reason: "not sent: the Bundle is no JSON value" };
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const guarded = await guardAll(server, lease, delivery);
    if (!Array.isArray(guarded)) return guarded;
    const outcome = await post(server, lease, delivery, guarded);
    if (outcome !== "Overtaken") return outcome;
  }
  return OVERTAKEN;
};

async function guardAll(server: Server, lease: Lease, delivery: Delivery): Promise<Guarded[] | Outcome> {
  const all: Guarded[] = [];
  for (const [index, put] of delivery.puts.entries()) {
    const guarded = await guard(server, lease, put, delivery);
    if (guarded.kind === "Fail")
      return { ...guarded.outcome, reason: `Bundle.entry[${index}]: ${guarded.outcome.reason}` };
    all.push(guarded);
  }
  return all;
}

async function post(server: Server, lease: Lease, delivery: Delivery, all: Guarded[]): Promise<Outcome | "Overtaken"> {
  const puts = all.flatMap((each) => (each.kind === "Send" ? each.put : []));
  if (puts.length === 0) return { kind: "Delivered", detail: tally(all) };
  const left = all.flatMap((each) => (each.kind === "Leave" ? each.put : []));
  const body = transactionOf(puts, left);
  if (body === undefined) return { kind: "Permanent", reason: "not sent: the Bundle is nested too deeply" };
  const exchange = await ask(server, lease, { method: "POST", place: "", body }, delivery);
  const outcome = judgeTransaction(exchange, puts.length, server.deps.clock.now());
  if (outcome.kind === "Delivered") return { ...outcome, detail: `${outcome.detail}: ${tally(all)}` };
  return wasOvertaken(exchange, puts) ? "Overtaken" : outcome;
}
