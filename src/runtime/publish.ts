import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import { errorCode } from "../base/errors.ts";
import { adapterRef } from "../compile/names.ts";
import { type PubAck, type PublishOptions, publish } from "../jetstream/publish.ts";
import type { Deps } from "./deps.ts";

const PATIENCE_MS = 10_000;
const RETRY: BackoffPolicy = { initialMs: 500, maxMs: 15_000 };

/** `msgId` lets one and the same message be published again and again, and stored once. */
type PatientOptions = Required<Pick<PublishOptions, "headers" | "msgId" | "signal">>;

/**
 * Publishes until it is stored: a full or silent stream is waited for, for as long as it takes. `waiting` is what the
 * log says meanwhile. Rejects when `signal` aborts, and with `MessageTooLarge`, which no waiting mends.
 */
export async function publishPatiently(
  deps: Deps,
  subject: string,
  data: Uint8Array | string,
  options: PatientOptions,
  waiting: "quarantine is waiting" | "parking is waiting" | "reply is waiting",
): Promise<PubAck> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await publish(deps.hub, subject, data, { ...options, patienceMs: PATIENCE_MS });
    } catch (error) {
      if (options.signal.aborted || errorCode(error) === "MessageTooLarge") throw error;
      deps.log.warn(waiting, { adapter: adapterRef(deps.adapter), code: errorCode(error), attempt });
      await deps.clock.sleep(backoff(RETRY, attempt, deps.random), options.signal);
    }
  }
}
