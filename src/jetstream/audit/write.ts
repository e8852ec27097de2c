import { randomUUID } from "node:crypto";
import type { AuditRecord } from "../../api/audit.ts";
import { errorCode } from "../../base/errors.ts";
import { auditSubject } from "../../compile/names.ts";
import { AUDIT } from "../../compile/plan.ts";
import type { Hub } from "../hub.ts";
import { publish } from "../publish.ts";
import { ensureSmall } from "../topology.ts";

/** A record on its way. */
export interface Entry {
  record: AuditRecord;
  /** Recognises it when it is sent again. */
  id: string;
  /** What is recorded once, however often it is found: a token that says so. */
  once?: string | undefined;
}

export const entryOf = (record: AuditRecord, once?: string): Entry => ({ record, id: randomUUID(), once });

const PATIENCE_MS = 1000;

/** Resolves when it is stored, or was before. Rejects as `publish` does. `replicas`: of the stream, should it be missing. */
export async function writeEntry(hub: Hub, { record, id, once }: Entry, replicas: number): Promise<void> {
  const { namespace, kind } = record.resource;
  const subject = auditSubject(namespace, kind, once ?? "request");
  const options = { patienceMs: PATIENCE_MS, ...(once !== undefined && { expectLast: { subject, sequence: 0 } }) };
  try {
    await publish(hub, subject, JSON.stringify(record), { msgId: id, ...options });
  } catch (error) {
    if (errorCode(error) === "Fenced") return;
    // Of a server that has no stream for a subject nobody answers.
    if (errorCode(error) === "HubUnavailable" || errorCode(error) === "StreamMissing")
      await ensureSmall(hub, AUDIT, replicas);
    throw error;
  }
}
