import semver from "semver";
import { safeReason } from "../../base/errors.ts";
import { keyedHash } from "../../base/hash.ts";
import { bucketOf } from "../../compile/bucket.ts";
import { REPLY_EVENT, adapterRef, hubStream, hubSubject } from "../../compile/names.ts";
import { readMessages } from "../../jetstream/read.ts";
import type { Deps } from "../deps.ts";
import { HEADER, type Meta, metaHeaders } from "../../jetstream/headers.ts";
import { publishPatiently } from "../publish.ts";
import { quarantine } from "../quarantine.ts";
import type { Entry } from "./entry.ts";
import type { Plan } from "./plan.ts";
import type { Route } from "./route.ts";

/** Ids of replies that this target's workers published since `time`, so that a delivery repeated after a crash publishes none twice. */
export async function publishedReplies(deps: Deps, plan: Plan, time: number): Promise<Set<string>> {
  const { namespace, name } = deps.adapter;
  const ids = new Set<string>();
  for (const { domain, contract } of plan.replies) {
    const subject = `hub.${domain}.${contract}.*.${namespace}.${name}.${REPLY_EVENT}.*`;
    for await (const message of readMessages(deps.hub, hubStream(domain), subject, { time }))
      ids.add(message.header(HEADER.messageId));
  }
  return ids;
}

/**
 * Publishes what a target answered as a message of its own: same keys, same correlation id. One that violates its
 * contract, or is larger than the hub takes, goes to quarantine. Resolves when durable; rejects only when `signal` aborts.
 */
export async function publishReply(
  deps: Deps,
  entry: Entry,
  route: Route,
  plan: Plan,
  value: unknown,
  signal: AbortSignal,
): Promise<void> {
  const spec = route.config.reply;
  if (!spec) return;
  const meta = replyMeta(deps, entry.meta, route, plan);
  const answered = JSON.stringify(value) ?? "null";
  try {
    const payload = await route.reply(entry.meta, value);
    plan.replyContract(spec.contract, spec.version)?.validate(payload);
    const data = Buffer.from(JSON.stringify(payload) ?? "null");
    const payloadHash = keyedHash(deps.keys.hash, "payload", data);
    const options = { headers: metaHeaders({ ...meta, payloadHash }), msgId: meta.messageId, signal };
    await publishPatiently(deps, subjectOf(deps, meta, spec.domain), data, options, "reply is waiting");
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = `reply of ${adapterRef(deps.adapter)}: ${safeReason(error)}`;
    const aside = { ...metaHeaders(meta), [HEADER.integration]: route.config.integration };
    const id = `reply.${meta.messageId}`;
    await quarantine(
      deps,
      { stage: "deliver", id, data: answered, headers: aside, outcome: "Permanent", reason },
      signal,
    );
  }
}

const subjectOf = (deps: Deps, meta: Meta, domain: string): string =>
  hubSubject({
    domain,
    contract: meta.contract,
    major: semver.major(meta.version),
    namespace: deps.adapter.namespace,
    adapter: deps.adapter.name,
    event: REPLY_EVENT,
    bucket: bucketOf(meta.keys[0] ?? meta.messageId),
  });

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

export const replyId = (deps: Deps, cause: Meta, route: Route): string =>
  keyedHash(deps.keys.hash, "reply", cause.messageId, route.config.integration, adapterRef(deps.adapter));
