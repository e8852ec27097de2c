import type { AdapterConfig } from "../compile/config.ts";
import * as names from "../compile/names.ts";
import { errorCode } from "../base/errors.ts";
import { hubError } from "./errors.ts";
import { isDoneWith } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { lagOf } from "./streams.ts";

/** Where the hub streams ended when somebody first asked: what comes later is not waited for. */
export type Cut = ReadonlyMap<string, number>;

/** Last sequence of each hub stream that the adapter's target reads. */
export async function cutOf(hub: Hub, { domains }: Pick<AdapterConfig, "domains">): Promise<Cut> {
  const cut = new Map<string, number>();
  for (const stream of domains.map(names.hubStream)) cut.set(stream, await lastSequence(hub, stream));
  return cut;
}

/** Messages that the adapter is not done with: originals to be normalised, messages to be delivered, parked ones. */
export async function waitingFor(hub: Hub, adapter: names.AdapterName, cut: Cut): Promise<number> {
  const raw = names.rawStream(adapter);
  let waiting = await behind(hub, raw, names.NORMALISER, await lastSequence(hub, raw));
  const consumer = names.deliveryConsumer(adapter, 0);
  for (const [stream, last] of cut) waiting += await behind(hub, stream, consumer, last);
  return waiting + (await messagesIn(hub, names.parkedStream(adapter)));
}

/** Messages up to `last` that the consumer is not done with; those that came later are counted with them. */
async function behind(hub: Hub, stream: string, consumer: string, last: number): Promise<number> {
  return orNone(stream, async () => {
    const info = await hub.jsm.consumers.info(stream, consumer);
    if (await isDoneWith(hub, stream, last, info)) return 0;
    return Math.max(1, lagOf(info));
  });
}

const lastSequence = (hub: Hub, stream: string): Promise<number> =>
  orNone(stream, async () => (await hub.jsm.streams.info(stream)).state.last_seq);

const messagesIn = (hub: Hub, stream: string): Promise<number> =>
  orNone(stream, async () => (await hub.jsm.streams.info(stream)).state.messages);

/** Nothing waits in what is not there. */
async function orNone(about: string, count: () => Promise<number>): Promise<number> {
  try {
    return await count();
  } catch (cause) {
    const error = hubError(cause, about);
    if (["StreamMissing", "ConsumerMissing"].includes(errorCode(error))) return 0;
    throw error;
  }
}
