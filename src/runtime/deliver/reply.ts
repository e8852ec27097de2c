import { safeReason } from "../../base/errors.ts";
import { keyedHash } from "../../base/hash.ts";
import { encodeJson } from "../../base/json.ts";
import { REPLY_EVENT, adapterRef } from "../../compile/names.ts";
import { largestPayload } from "../../jetstream/publish.ts";
import type { Deps } from "../deps.ts";
import { HEADER, type Meta, metaHeaders } from "../../jetstream/headers.ts";
import { quarantine } from "../quarantine.ts";
import type { Entry } from "./entry.ts";
import type { Plan } from "./plan.ts";
import type { Replies } from "./replies.ts";
import type { Route } from "./route.ts";

/**
 * Publishes what a target answered as a message of its own: same keys, same correlation id. One that violates its
 * contract, or is larger than the hub takes, goes to quarantine; one that is there already is left. Resolves when
 * durable; rejects only when `signal` aborts.
 */
export async function publishReply(
  deps: Deps,
  replies: Replies,
  entry: Entry,
  route: Route,
  plan: Plan,
  value: unknown,
  signal: AbortSignal,
): Promise<void> {
  const spec = route.config.reply;
  if (!spec) return;
  const meta = replyMeta(deps, entry.meta, route, plan);
  if (await replies.has(spec.domain, meta, signal)) return;
  try {
    const payload = await route.reply(entry.meta, value);
    plan.replyContract(spec.contract, spec.version)?.validate(payload);
    const data = Buffer.from(JSON.stringify(payload) ?? "null");
    const payloadHash = keyedHash(deps.keys.hash, "payload", data);
    await replies.publish(spec.domain, { ...meta, payloadHash }, data, signal);
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = `reply of ${adapterRef(deps.adapter)}: ${safeReason(error)}`;
    const aside = { ...metaHeaders(meta), [HEADER.integration]: route.config.integration };
    const id = `reply.${meta.messageId}`;
    await quarantine(
      deps,
      { stage: "deliver", id, data: keepable(deps, value), headers: aside, outcome: "Permanent", reason },
      signal,
    );
  }
}

/** What is put aside of an answer: nothing of one that is more than JSON or the hub can hold, for waiting would not mend that. */
function keepable(deps: Deps, value: unknown): Uint8Array | string {
  const data = encodeJson(value);
  return data !== undefined && data.length <= largestPayload(deps.hub) ? data : "null";
}

function replyMeta(deps: Deps, cause: Meta, route: Route, plan: Plan): Meta {
  return {
    ...cause,
    messageId: replyId(deps, cause, route),
    source: adapterRef(deps.adapter),
    contract: route.config.reply?.contract ?? "",
    version: route.config.reply?.version ?? "",
    event: REPLY_EVENT,
    receivedAt: deps.clock.now(),
    payloadHash: "",
    revision: plan.revision,
  };
}

const replyId = (deps: Deps, cause: Meta, route: Route): string =>
  keyedHash(deps.keys.hash, "reply", cause.messageId, route.config.integration, adapterRef(deps.adapter));
