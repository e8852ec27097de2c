/**
 * One denial, or one use of an exception: who, what, by which rule, when. Nothing of a spec or a payload stands in it but
 * the paths of fields. One message of the stream `LINEAGE_AUDIT` holds one record as JSON.
 */
export interface AuditRecord {
  verdict: "Denied" | "AllowedByException";
  /** Who found it: the webhook, the operator that judges what is there, or `fascia run`. */
  by: "Admission" | "Operator" | "Run";
  /** When it happened first, milliseconds since the epoch. */
  at: number;
  /** When it happened last, where it did more than once. */
  until?: number;
  /** How often it happened. */
  count: number;
  /** Who asked, as the API server authenticated them; of what stands in a directory, or is there, nobody knows. */
  user?: { name: string; groups: string[] };
  /** Uid of the AdmissionRequest. */
  request?: string;
  operation?: string;
  resource: AuditedResource;
  rules: AuditedRule[];
  /** It was in effect before it was denied, and goes on. */
  goesOn?: true;
}

export interface AuditedResource {
  kind: string;
  namespace?: string;
  /** Empty where too many were denied to one user at once: `count` tells of how many. */
  name: string;
  uid?: string;
  generation?: number;
}

export interface AuditedRule {
  rule: string;
  /** Field of the resource; empty where it is the resource as a whole. */
  path: string;
  /** The PolicyException that was used, and its end (RFC 3339). */
  exception?: { namespace: string; name: string; until: string };
}
