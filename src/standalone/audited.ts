import type { AuditRecord } from "../api/audit.ts";
import { contentHash } from "../base/hash.ts";
import type { Resource } from "../compile/resources.ts";
import type { Audit } from "../jetstream/audit/trail.ts";
import { auditOf } from "../policy/audit/record.ts";
import type { Admitted, ManifestVerdict } from "./verdicts.ts";

/** Records why a directory was refused at `now` (milliseconds since the epoch). Exceptions let nothing of it pass. */
export function recordRefused({ refused }: Pick<Admitted, "refused">, now: number, audit: Audit): void {
  for (const { record } of recordsOf(refused, now)) audit.record(record);
}

/**
 * Records by which exceptions a directory has taken effect at `now` (milliseconds since the epoch), and what of it goes on
 * although its exception has ended, each once for as long as the resource is as it is.
 */
export function recordAdmitted(
  { warnings, lapsed }: Pick<Admitted, "warnings" | "lapsed">,
  now: number,
  audit: Audit,
): void {
  for (const { resource, record } of recordsOf(warnings, now)) audit.record(record, tokenOf(resource, record));
  for (const { resource, record } of recordsOf(lapsed, now))
    audit.record({ ...record, goesOn: true }, tokenOf(resource, record));
}

const recordsOf = (verdicts: ManifestVerdict[], now: number): { resource: Resource; record: AuditRecord }[] =>
  [...Map.groupBy(verdicts, ({ resource }) => resource)].flatMap(([resource, own]) => {
    const { kind, metadata } = resource;
    const { namespace, name } = metadata;
    const told = { kind, ...(namespace !== undefined && { namespace }), name };
    const said = own.map(({ reason: message, ...verdict }) => ({ ...verdict, message }));
    const record = auditOf({ by: "Run", at: now, resource: told }, said);
    return record ? [{ resource, record }] : [];
  });

const tokenOf = ({ spec }: Resource, { verdict, resource, rules }: AuditRecord): string =>
  contentHash([verdict, resource, rules, spec]);
