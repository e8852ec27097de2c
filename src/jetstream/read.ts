import type { DirectBatchOptions, DirectLastFor, StoredMsg } from "@nats-io/jetstream";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** A message as a stream holds it. */
export interface Stored {
  subject: string;
  sequence: number;
  /** When the server stored it, milliseconds since the epoch. */
  time: number;
  data: Uint8Array;
  /** The header's value, empty where it is missing. */
  header(name: string): string;
}

const BATCH = 256;
/** The server answers `multi_last` for at most this many subjects (nats-server, JSDirectGet). */
const MAX_LAST = 1024;

/** The message with this sequence; undefined when it was purged or never existed. */
export async function getMessage(hub: Hub, stream: string, sequence: number): Promise<Stored | undefined> {
  try {
    const message = await hub.jsm.direct.getMessage(stream, { seq: sequence });
    return message ? stored(message) : undefined;
  } catch (cause) {
    throw hubError(cause, `read of ${stream}`);
  }
}

/** The first message on `subject` at or after `sequence`. */
export async function nextMessage(
  hub: Hub,
  stream: string,
  subject: string,
  sequence: number,
): Promise<Stored | undefined> {
  try {
    const message = await hub.jsm.direct.getMessage(stream, { seq: sequence, next_by_subj: subject });
    return message ? stored(message) : undefined;
  } catch (cause) {
    throw hubError(cause, `read of ${stream}`);
  }
}

/** The last message of every subject that matches `filter`. */
export async function lastMessages(hub: Hub, stream: string, filter: string): Promise<Stored[]> {
  const query: DirectLastFor = { multi_last: [filter], batch: MAX_LAST };
  return collect(stream, (options) => hub.jsm.direct.getLastMessagesFor(stream, { ...query, ...options }));
}

export type Start = { sequence: number } | { time: number };

/** Messages on `subject` from `start` on, in order, until the stream's present end. */
export async function* readMessages(hub: Hub, stream: string, subject: string, start: Start): AsyncGenerator<Stored> {
  let from = start;
  for (;;) {
    const query = {
      next_by_subj: subject,
      batch: BATCH,
      ...("sequence" in from ? { seq: from.sequence } : { start_time: new Date(from.time) }),
    } as DirectBatchOptions;
    const batch = await collect(stream, (options) => hub.jsm.direct.getBatch(stream, { ...query, ...options }));
    yield* batch;
    const last = batch.at(-1);
    if (!last || batch.length < BATCH) return;
    from = { sequence: last.sequence + 1 };
  }
}

type Callback = (done: { err?: Error } | null, message: StoredMsg) => void;

/** Runs a batched direct get in the client's callback form, the only one that gives its subscription back. */
async function collect(stream: string, get: (options: { callback: Callback }) => Promise<unknown>): Promise<Stored[]> {
  const result: Stored[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const callback: Callback = (done, message) => {
        if (done) done.err ? reject(done.err) : resolve();
        else result.push(stored(message));
      };
      get({ callback }).catch(reject);
    });
    return result;
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === 404) return [];
    throw hubError(cause, `read of ${stream}`);
  }
}

const stored = (message: StoredMsg): Stored => ({
  subject: message.subject,
  sequence: message.seq,
  time: message.time.getTime(),
  data: message.data,
  header: (name) => message.header?.get(name) ?? "",
});
