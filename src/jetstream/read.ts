import { FasciaError } from "../base/errors.ts";
import { type Stored, paged, statusOf } from "./direct.ts";
import type { Hub } from "./hub.ts";
import { subjectsOf } from "./streams.ts";

export { type Stored, getMessage, lastMessage, nextMessage } from "./direct.ts";

const BATCH = 256;
/** The server answers `multi_last` for at most this many subjects (nats-server, JSDirectGet), otherwise with TOO_MANY. */
const MAX_LAST = 1024;
const TOO_MANY = 413;

/** The last message of every subject that matches `filter`, by sequence. One that moves meanwhile may come twice. */
export async function lastMessages(hub: Hub, stream: string, filter: string): Promise<Stored[]> {
  try {
    return await lastOf(hub, stream, [filter]);
  } catch (error) {
    if (!(error instanceof FasciaError) || statusOf(error.cause) !== TOO_MANY) throw error;
    return lastMessagesOf(hub, stream, [...(await subjectsOf(hub, stream, filter)).keys()]);
  }
}

/** The last message of each of these subjects, which have no wildcards. */
export async function lastMessagesOf(hub: Hub, stream: string, subjects: readonly string[]): Promise<Stored[]> {
  const found: Stored[] = [];
  for (let i = 0; i < subjects.length; i += MAX_LAST)
    found.push(...(await lastOf(hub, stream, subjects.slice(i, i + MAX_LAST))));
  return found;
}

async function lastOf(hub: Hub, stream: string, filters: string[]): Promise<Stored[]> {
  const found: Stored[] = [];
  const pages = paged(hub, stream, { multi_last: filters }, {}, MAX_LAST);
  for await (const page of pages) found.push(...page);
  return found;
}

export type Start = { sequence: number } | { time: number };

/** Messages on `subject` from `start` on, in order, until the stream's present end. */
export async function* readMessages(hub: Hub, stream: string, subject: string, start: Start): AsyncGenerator<Stored> {
  const from = "sequence" in start ? { seq: start.sequence } : { start_time: new Date(start.time) };
  for await (const page of paged(hub, stream, { next_by_subj: subject }, from, BATCH)) yield* page;
}
