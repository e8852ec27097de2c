import * as names from "../compile/names.ts";
import { hubError } from "./errors.ts";
import type { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { streamNames } from "./streams.ts";

/**
 * Throws away what waits for an adapter or because of it: originals, parked and quarantined messages, and how far it has
 * come in the hub. What it published stays, others read it; so does lineage, which tells what became of messages.
 */
export async function discard(hub: Hub, adapter: names.AdapterName, floors: FloorStore): Promise<void> {
  const own = [names.rawStream(adapter), names.parkedStream(adapter)];
  const quarantine = names.quarantineStream(adapter.namespace);
  const consumer = names.deliveryConsumer(adapter, 0);
  try {
    const there = await streamNames(hub, "");
    for (const stream of own.filter((name) => there.includes(name))) {
      // A server that makes a deleted stream anew at once may find its messages again.
      await hub.jsm.streams.purge(stream);
      await hub.jsm.streams.delete(stream);
    }
    if (there.includes(quarantine))
      await hub.jsm.streams.purge(quarantine, { filter: `quarantine.${adapter.namespace}.${adapter.name}.>` });
    for (const stream of there.filter((name) => name.startsWith("HUB_"))) await floors.forget(stream, consumer);
  } catch (cause) {
    throw hubError(cause, names.adapterRef(adapter));
  }
}
