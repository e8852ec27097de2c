import { adapterRef, quarantineSubject } from "../compile/names.ts";
import { HEADER, asciiLine } from "../jetstream/headers.ts";
import type { Deps } from "./deps.ts";
import { publishPatiently } from "./publish.ts";

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
  const reason = asciiLine(message.reason, 1000);
  const headers = { ...message.headers, [HEADER.outcome]: message.outcome, [HEADER.reason]: reason };
  const subject = quarantineSubject(deps.adapter, message.stage);
  const options = { headers, msgId: message.id, signal };
  await publishPatiently(deps, subject, message.data, options, "quarantine is waiting");
  const adapter = adapterRef(deps.adapter);
  deps.metrics.quarantined.add({ adapter, stage: message.stage });
  const { stage, outcome } = message;
  const messageId = message.headers[HEADER.messageId];
  deps.log.warn("message is in quarantine", { adapter, state: stage, outcome, messageId, reason });
}
