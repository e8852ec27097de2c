import type { Hub } from "../../src/jetstream/hub.ts";

/**
 * How many messages a consumer of all of a stream has still to acknowledge. The server counts what is pending a moment
 * after it has confirmed that it is stored: a consumer that was not given the last message yet has work to do, whatever
 * that count says.
 */
export async function unacknowledged(hub: Hub, stream: string, consumer: string): Promise<number> {
  const { state } = await hub.jsm.streams.info(stream);
  const info = await hub.jsm.consumers.info(stream, consumer);
  const undelivered = state.messages === 0 ? 0 : Math.max(0, state.last_seq - info.delivered.stream_seq);
  return Math.max(info.num_pending, undelivered) + info.num_ack_pending;
}
