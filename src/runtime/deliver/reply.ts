import { safeReason } from "../../base/errors.ts";
import { keyedHash } from "../../base/hash.ts";
import { encodeJson } from "../../base/json.ts";
import { REPLY_EVENT, adapterRef } from "../../compile/names.ts";
import { largestPayload } from "../../jetstream/publish.ts";
import type { Deps } from "../deps.ts";
import { HEADER, type Meta, lineageOf, metaHeaders } from "../../jetstream/headers.ts";
import { FOREIGN_FIELD, ForeignField } from "../guard.ts";
import { quarantine } from "../quarantine.ts";
import type { RecordWriter } from "../records.ts";
import type { Entry } from "./entry.ts";
import type { OwnReply, Plan } from "./plan.ts";
import type { Replies } from "./replies.ts";
import type { Route } from "./route.ts";

/** What publishing a reply needs. */
export interface Replying {
  deps: Deps;
  replies: Replies;
  records: RecordWriter;
  /** Ends waiting for the hub. */
  signal: AbortSignal;
}

/**
 * Publishes what a target answered as a message of its own: same keys, same correlation id, without what is not the
 * target's to say. One that violates its contract, or is larger than the hub takes, goes to quarantine; one that is there
 * already is left. Resolves when durable; rejects when `signal` aborts, or the records are fenced or closed.
 */
export async function publishReply(a: Replying, entry: Entry, route: Route, plan: Plan, value: unknown): Promise<void> {
  const spec = route.config.reply;
  if (!spec) return;
  const { deps, replies, signal } = a;
  const meta = replyMeta(deps, entry.meta, route, plan);
  if (await replies.has(spec.domain, meta, signal)) return;
  const reason = await publishOwn(a, meta, entry, route, plan, value);
  if (reason === undefined) return;
  const aside = { ...metaHeaders(meta), [HEADER.integration]: route.config.integration };
  const data = keepable(deps, value);
  const why = `reply of ${adapterRef(deps.adapter)}: ${reason}`;
  const id = `reply.${meta.messageId}`;
  await quarantine(deps, { stage: "deliver", id, data, headers: aside, outcome: "Permanent", reason: why }, signal);
}

/** Why it can't be published; undefined where it was, and where nothing is left of it. */
async function publishOwn(a: Replying, meta: Meta, entry: Entry, route: Route, plan: Plan, value: unknown) {
  const own = await ownOrReason(a.deps, meta, () => route.reply(entry.meta, value), plan);
  if (typeof own === "string") return own;
  // Before it is published: what is there already is not looked at again.
  if (own.stripped.length > 0) await tellStripped(a, meta, own);
  return own.isNothing ? undefined : publishOrReason(a, route.config.reply?.domain ?? "", meta, own.payload);
}

async function ownOrReason(
  deps: Deps,
  { contract, version }: Meta,
  said: () => Promise<unknown>,
  plan: Plan,
): Promise<OwnReply | string> {
  try {
    return plan.reply(contract, version, await said());
  } catch (error) {
    if (error instanceof ForeignField) count(deps, "Quarantined");
    return safeReason(error);
  }
}

/** Why it was not published; undefined where it was. */
async function publishOrReason(
  { deps, replies, signal }: Replying,
  domain: string,
  meta: Meta,
  payload: unknown,
): Promise<string | undefined> {
  try {
    const data = Buffer.from(JSON.stringify(payload) ?? "null");
    const payloadHash = keyedHash(deps.keys.hash, "payload", data);
    await replies.publish(domain, { ...meta, payloadHash }, data, signal);
    return undefined;
  } catch (error) {
    if (signal.aborted) throw error;
    return safeReason(error);
  }
}

/** No outcome where something is left: whether it is published is not known yet. */
async function tellStripped({ deps, records }: Replying, meta: Meta, { stripped, isNothing }: OwnReply): Promise<void> {
  count(deps, "Stripped");
  const about = { ...lineageOf(meta), adapter: adapterRef(deps.adapter), revision: meta.revision };
  const outcome = isNothing ? { outcome: "Stripped" } : {};
  await records.add({ hop: "Normalised", at: deps.clock.now(), ...about, ...outcome, stripped, rule: FOREIGN_FIELD });
}

function count(deps: Deps, outcome: string): void {
  deps.metrics.foreign.add({ adapter: adapterRef(deps.adapter), outcome });
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
