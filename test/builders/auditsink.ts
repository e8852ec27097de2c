import type { AuditRecord } from "../../src/api/audit.ts";
import type { Audit } from "../../src/jetstream/audit/trail.ts";

/** Keeps what is handed in. */
export class AuditSink implements Audit {
  readonly records: AuditRecord[] = [];

  record(record: AuditRecord | undefined): void {
    if (record) this.records.push(record);
  }
}
