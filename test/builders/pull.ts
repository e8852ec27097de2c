import { createInbox } from "@nats-io/nats-core";
import type { ConsumerPlan } from "../../src/compile/topology.ts";
import { type Delivered, parseDelivered } from "../../src/jetstream/delivered.ts";
import type { Hub } from "../../src/jetstream/hub.ts";
import { PRIORITY_GROUP } from "../../src/jetstream/pinned.ts";

/**
 * Takes the next `count` messages of a consumer, acknowledges those that `acknowledge` names, each one confirmed by the
 * server, and gives the pin back. Resolves with what it took.
 */
export async function take(
  hub: Hub,
  { stream, name }: ConsumerPlan,
  count: number,
  acknowledge: (message: Delivered) => boolean = () => true,
): Promise<Delivered[]> {
  const inbox = createInbox(hub.inboxPrefix);
  const subscription = hub.nc.subscribe(inbox, { timeout: 10_000 });
  const request = { batch: count, expires: 5_000_000_000, group: PRIORITY_GROUP };
  hub.nc.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, JSON.stringify(request), { reply: inbox });
  const taken: Delivered[] = [];
  for await (const message of subscription) {
    if (message.subject === inbox) throw new Error(`${stream}/${name} gave only ${taken.length} of ${count}`);
    const delivered = parseDelivered(message, hub.outbox);
    if (acknowledge(delivered)) await hub.nc.request(message.reply as string, "+ACK");
    taken.push(delivered);
    if (taken.length === count) break;
  }
  await hub.nc.request(`$JS.API.CONSUMER.UNPIN.${stream}.${name}`, JSON.stringify({ group: PRIORITY_GROUP }));
  return taken;
}
