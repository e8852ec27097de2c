import type { LineageRecord } from "../api/lineage.ts";
import { REPLY_EVENT, AUDIT_STREAM, lineageStream } from "../compile/names.ts";
import type { Hub } from "../jetstream/hub.ts";
import { readMessages } from "../jetstream/read.ts";
import { streamNames } from "../jetstream/streams.ts";

/** Every lineage record since `since` (ms since the epoch) for which `wanted` holds, oldest first. */
export async function readLineage(
  hub: Hub,
  since: number,
  wanted: (record: LineageRecord) => boolean,
): Promise<LineageRecord[]> {
  const found: LineageRecord[] = [];
  for (const stream of await streamNames(hub, lineageStream(""))) {
    if (stream === AUDIT_STREAM) continue;
    for await (const message of readMessages(hub, stream, "lineage.>", { time: since })) {
      const records = JSON.parse(Buffer.from(message.data).toString("utf8")) as LineageRecord[];
      found.push(...records.filter(wanted));
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** All hops of one message and of what it caused: its replies have the same correlation id. */
export async function readJourney(hub: Hub, id: string, since: number): Promise<LineageRecord[]> {
  const own = await readLineage(hub, since, (r) => r.messageId === id || r.correlationId === id);
  const correlation = own[0]?.correlationId;
  if (correlation === undefined || correlation === id) return own;
  return readLineage(hub, since, (r) => r.correlationId === correlation);
}

/** One message as an overview lists it. */
export interface Summary {
  messageId: string;
  at: number;
  source: string;
  event: string;
  /** Integration → how its delivery stands. */
  outcomes: Map<string, string>;
}

/** The newest `count` messages, newest first. Pure. */
export function summarise(records: LineageRecord[], count: number): Summary[] {
  const byId = new Map<string, Summary>();
  for (const record of records) {
    if (record.messageId === "") continue;
    let summary = byId.get(record.correlationId);
    if (!summary) {
      summary = {
        messageId: record.correlationId,
        at: record.at,
        source: record.source,
        event: record.event ?? "",
        outcomes: new Map(),
      };
      byId.set(record.correlationId, summary);
    }
    // A reply is a message of its own: what caused it does not come from who said it.
    if (record.hop === "Normalised" && record.event !== REPLY_EVENT)
      Object.assign(summary, { source: record.source, event: record.event ?? summary.event });
    const isHeld = record.hop === "Held";
    const where = record.integration ?? (record.hop === "Normalised" || isHeld ? "normalise" : undefined);
    const outcome = isHeld ? "Held" : record.outcome;
    if (where !== undefined && outcome !== undefined) summary.outcomes.set(`${where} → ${record.adapter}`, outcome);
  }
  return [...byId.values()].sort((a, b) => b.at - a.at).slice(0, count);
}
