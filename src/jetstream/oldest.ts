import { FasciaError } from "../base/errors.ts";
import { consumerRef } from "../compile/names.ts";
import { parseDelivered } from "./delivered.ts";
import type { Hub } from "./hub.ts";

const TIMEOUT_MS = 5000;

/**
 * When the stream stored the oldest message that the consumer has not acknowledged, milliseconds since the epoch;
 * undefined where there is none. The consumer must just have been reset, and it is to be reset again after: the message
 * is taken from it. The stream itself is not asked, because whoever may read that may read everybody's messages.
 * `pin` names the priority group and the pin that is held.
 */
export async function oldestUnacknowledged(
  hub: Hub,
  stream: string,
  consumer: string,
  pin: { group: string; id?: string },
): Promise<number | undefined> {
  const request = JSON.stringify({ batch: 1, no_wait: true, ...pin });
  // An inbox of its own: what is delivered has the subject of the message, by which the client would not find it.
  const options = { timeout: TIMEOUT_MS, noMux: true };
  const answer = await hub.nc.request(`${hub.api}.CONSUMER.MSG.NEXT.${stream}.${consumer}`, request, options);
  if ((answer.headers?.code ?? 0) === 0) return parseDelivered(answer, hub.outbox).time;
  const info = await hub.jsm.consumers.info(stream, consumer);
  if (info.num_pending === 0) return undefined;
  throw new FasciaError(
    "HubUnavailable",
    `${consumerRef(stream, consumer)} gives nothing of what it has: it may be paused`,
  );
}
