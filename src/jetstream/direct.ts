import type { DirectLastFor, StoredMsg } from "@nats-io/jetstream";
import { TimeoutError } from "@nats-io/nats-core";
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

/** What is in memory at once: a page ends here even if its messages are few. */
const PAGE_BYTES = 8 * 1024 * 1024;
const SILENT_MS = 5000;
const NOT_FOUND = 404;

/** The message with this sequence; undefined when it was purged or never existed. */
export async function getMessage(hub: Hub, stream: string, sequence: number): Promise<Stored | undefined> {
  try {
    // A direct get may be answered by a replica that lags; what it does not have its leader may.
    const query = { seq: sequence };
    const message =
      (await hub.jsm.direct.getMessage(stream, query)) ?? (await hub.jsm.streams.getMessage(stream, query));
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

/**
 * The last message on `subject`, which may have wildcards. The request's own subject ends with it: unlike the other
 * reads of a stream this one can be permitted for some subjects alone.
 */
export async function lastMessage(hub: Hub, stream: string, subject: string): Promise<Stored | undefined> {
  try {
    const message = await hub.jsm.direct.getMessage(stream, { last_by_subj: subject });
    return message ? stored(message) : undefined;
  } catch (cause) {
    throw hubError(cause, `read of ${stream}`);
  }
}

/** The server ends a page at its count or its bytes; the last message of each says how many come after it. */
export async function* paged(
  hub: Hub,
  stream: string,
  what: { multi_last: string[] } | { next_by_subj: string },
  start: { seq?: number; start_time?: Date },
  batch: number,
): AsyncGenerator<Stored[]> {
  for (let from: object = start; ;) {
    const page = await collect(hub, stream, { ...what, ...from, batch, max_bytes: PAGE_BYTES });
    yield page.messages;
    const last = page.messages.at(-1);
    if (!last || page.pending === 0) return;
    from = { seq: last.sequence + 1 };
  }
}

type Done = { err?: Error } | null;

/** One batched direct get, in the client's callback form, the only one that gives its subscription back. */
async function collect(hub: Hub, stream: string, query: object): Promise<{ messages: Stored[]; pending: number }> {
  const messages: Stored[] = [];
  let pending = 0;
  let timer: NodeJS.Timeout | undefined;
  let stop = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      // A server that dies in the middle says nothing more, and the client would wait for ever.
      const expect = () => {
        clearTimeout(timer);
        timer = setTimeout(() => reject(new TimeoutError()), SILENT_MS);
      };
      const callback = (done: Done, message: StoredMsg) => {
        if (done) return done.err ? reject(done.err) : resolve();
        expect();
        messages.push(stored(message));
        pending = message.pending;
      };
      expect();
      const options = { ...query, callback } as unknown as DirectLastFor;
      hub.jsm.direct.getLastMessagesFor(stream, options).then((iterator) => {
        stop = () => iterator.stop();
      }, reject);
    });
    return { messages, pending };
  } catch (cause) {
    if (statusOf(cause) === NOT_FOUND) return { messages: [], pending: 0 };
    throw hubError(cause, `read of ${stream}`);
  } finally {
    clearTimeout(timer);
    stop();
  }
}

/** Status of a direct get that failed. */
export const statusOf = (error: unknown): unknown =>
  error instanceof Error && "code" in error ? error.code : undefined;

const stored = (message: StoredMsg): Stored => ({
  subject: message.subject,
  sequence: message.seq,
  time: message.time.getTime(),
  data: message.data,
  header: (name) => message.header?.get(name) ?? "",
});
