import type { AuditRecord } from "../api/audit.ts";
import { AUDIT_STREAM, AUDIT_SUBJECTS } from "../compile/names.ts";
import type { Hub } from "../jetstream/hub.ts";
import { readMessages } from "../jetstream/read.ts";
import { streamNames } from "../jetstream/streams.ts";

/** Every record of the audit written since `since` (ms since the epoch) for which `wanted` holds, oldest first. */
export async function readAudit(
  hub: Hub,
  since: number,
  wanted: (record: AuditRecord) => boolean,
): Promise<AuditRecord[]> {
  // Where nothing was ever run or denied there is none.
  if (!(await streamNames(hub, AUDIT_STREAM)).includes(AUDIT_STREAM)) return [];
  const found: AuditRecord[] = [];
  for await (const message of readMessages(hub, AUDIT_STREAM, AUDIT_SUBJECTS, { time: since })) {
    const record = JSON.parse(Buffer.from(message.data).toString("utf8")) as AuditRecord;
    if (wanted(record)) found.push(record);
  }
  return found.sort((a, b) => a.at - b.at);
}

/** Whether a record is about `wanted`: a name, or `<namespace>/<name>`, or either with the kind and a slash before it. */
export function isAbout({ resource: { kind, namespace, name } }: AuditRecord, wanted: string): boolean {
  const full = [kind, namespace, name].filter((part) => part !== undefined).join("/");
  return full === wanted || full.endsWith(`/${wanted}`) || (wanted === `${kind}/${name}` && name !== "");
}
