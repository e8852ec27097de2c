import type { LineageRecord } from "../../api/lineage.ts";
import { adapterRef } from "../../compile/names.ts";
import type { Delivered } from "../../jetstream/delivered.ts";
import { HEADER } from "../../jetstream/headers.ts";
import type { Deps } from "../deps.ts";
import type { Original, Transform } from "./transform.ts";

/** The original in a message of RAW. */
export const originalOf = (message: Delivered): Original => ({
  body: message.data,
  dialect: message.header(HEADER.dialect) === "json" ? "json" : "hl7v2",
  event: message.header(HEADER.event),
  receivedAt: Number(message.header(HEADER.receivedAt)),
  messageId: message.header(HEADER.messageId),
});

/** What every record of its normalisation says. */
export function recordOf(message: Delivered, revision: string, { adapter, clock }: Deps): LineageRecord {
  const id = message.header(HEADER.messageId);
  const principal = message.header(HEADER.principal);
  return {
    hop: "Normalised",
    at: clock.now(),
    messageId: id,
    correlationId: id,
    source: adapterRef(adapter),
    adapter: adapterRef(adapter),
    revision,
    receivedAt: Number(message.header(HEADER.receivedAt)),
    payloadHash: message.header(HEADER.payloadHash),
    ...(principal !== "" && { principal }),
  };
}

/** That it stays in RAW. Told of the first one alone: those behind it wait for the same. */
export const heldRecord = (message: Delivered, transform: Transform, deps: Deps): LineageRecord => ({
  ...recordOf(message, transform.revision, deps),
  hop: "Held",
  reason: transform.hold.reason(deps.clock.now()),
});
