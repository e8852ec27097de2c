import { errorCode } from "../base/errors.ts";
import { adapterRef, quarantineSubject } from "../compile/names.ts";
import { type BackoffPolicy, backoff } from "../base/backoff.ts";
import { publish } from "../jetstream/publish.ts";
import type { Deps } from "./deps.ts";
import { HEADER } from "../jetstream/headers.ts";

const PATIENCE_MS = 10_000;
const RETRY: BackoffPolicy = { initialMs: 500, maxMs: 15_000 };

export interface Quarantined {
  stage: "normalise" | "deliver";
  /** Identifies this putting aside: the same one is stored once. */
  id: string;
  data: Uint8Array | string;
  /** Headers of the message itself. */
  headers: Record<string, string>;
  outcome: string;
  /** Written by us, no payload content. */
  reason: string;
}

/**
 * Puts a message aside with its reason. Resolves when that is durable; a full or silent quarantine is waited for, so
 * that the message stays where it is until then. Rejects only when `signal` aborts.
 */
export async function quarantine(deps: Deps, message: Quarantined, signal: AbortSignal): Promise<void> {
  const headers = { ...message.headers, [HEADER.outcome]: message.outcome, [HEADER.reason]: asciiLine(message.reason) };
  const subject = quarantineSubject(deps.adapter, message.stage);
  for (let attempt = 1; ; attempt++) {
    try {
      await publish(deps.hub, subject, message.data, { headers, msgId: message.id, patienceMs: PATIENCE_MS, signal });
      deps.metrics.quarantined.add({ adapter: adapterRef(deps.adapter), stage: message.stage });
      return;
    } catch (error) {
      if (signal.aborted) throw error;
      deps.log.warn("quarantine is waiting", { adapter: deps.adapter.name, code: errorCode(error), attempt });
      await deps.clock.sleep(backoff(RETRY, attempt, deps.random), signal);
    }
  }
}

/** Header values are one line of ASCII. */
export const asciiLine = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 1000);
