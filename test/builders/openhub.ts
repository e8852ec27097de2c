import { type Hub, connectHub } from "../../src/jetstream/hub.ts";
import { readBootstrap } from "../../src/standalone/bootstrap.ts";

/** A connection to the hub of a `fascia run` on this data directory, for looking behind and for making faults. */
export async function openHub(data: string): Promise<Hub> {
  const { url, user, password } = await readBootstrap(data);
  return connectHub({ url, ...(user !== undefined && { user, password: password ?? "" }) }, "test");
}

/** Bounds a stream to what it holds and `room` bytes more, at least `least`. */
export async function boundStream(hub: Hub, stream: string, room: number, least = 0): Promise<void> {
  const { config, state } = await hub.jsm.streams.info(stream);
  await hub.jsm.streams.update(stream, { ...config, max_bytes: Math.max(state.bytes + room, least) });
}
