import { consumerRef } from "../compile/names.ts";
import { hubError } from "./errors.ts";
import type { Hub } from "./hub.ts";

/** Stops deliveries of a consumer until `until`, by the server's clock. */
export async function pauseConsumer(hub: Hub, stream: string, consumer: string, until: Date): Promise<void> {
  try {
    await hub.jsm.consumers.pause(stream, consumer, until);
  } catch (cause) {
    throw hubError(cause, consumerRef(stream, consumer));
  }
}

export async function resumeConsumer(hub: Hub, stream: string, consumer: string): Promise<void> {
  try {
    await hub.jsm.consumers.resume(stream, consumer);
  } catch (cause) {
    throw hubError(cause, consumerRef(stream, consumer));
  }
}
