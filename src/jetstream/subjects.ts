import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Subjects under `filter` that hold messages, with how many. */
export async function subjectsOf(hub: Hub, stream: string, filter: string): Promise<Map<string, number>> {
  try {
    // The client follows the pages of the answer.
    const info = await hub.jsm.streams.info(stream, { subjects_filter: filter });
    return new Map(Object.entries(info.state.subjects ?? {}));
  } catch (cause) {
    throw hubError(cause, stream);
  }
}

/** Tells of every message published to `filter` from now on, stored or not. Returns how to stop. */
export function subscribe(hub: Hub, filter: string, callback: (subject: string) => void): () => void {
  const subscription = hub.nc.subscribe(filter, {
    callback: (error, message) => {
      if (!error) callback(message.subject);
    },
  });
  return () => subscription.unsubscribe();
}
