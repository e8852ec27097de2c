import type { Held } from "./material.ts";
import type { Period } from "./x509.ts";

/** How long things count, milliseconds. */
export interface Periods {
  authorityMs: number;
  certificateMs: number;
  /** An authority is trusted for so long by everybody before a certificate of its own is served. */
  overlapMs: number;
  /** Certificates count from so long before they are made, for clocks that are behind. */
  skewMs: number;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export const PERIODS: Periods = { authorityMs: 365 * DAY, certificateMs: 90 * DAY, overlapMs: HOUR, skewMs: HOUR };

/**
 * `create`: authority and certificate, all anew. `addAuthority`: one more, which signs from now on; the certificate
 * stays. `issue`: a certificate by the authority there is. `keep`: nothing before `until`.
 */
export type Decision =
  | { action: "keep"; until: number }
  | { action: "create" | "addAuthority" | "issue"; reason: string };

/**
 * What to do at `now` with what is held; undefined: nothing that could be used. Everything is renewed after two thirds
 * of its time, so that a month of failing at it harms nobody. A new authority is published first and signs later: at
 * no moment is a certificate served that somebody does not trust yet.
 */
export function decide(held: Held | undefined, names: readonly string[], now: number, periods: Periods): Decision {
  if (held === undefined) return { action: "create", reason: "there is no certificate that can be used" };
  const { authority, certificate } = held;
  if (now >= authority.to) return { action: "create", reason: "the authority has expired" };
  if (now >= dueAt(authority)) return { action: "addAuthority", reason: "the authority expires" };
  if (!names.every((name) => certificate.names.includes(name)))
    return { action: "issue", reason: "the certificate is for other names" };
  const due = certificate.current ? dueAt(certificate) : authority.from;
  const trusted = authority.from + periods.skewMs + periods.overlapMs;
  // Better one that some do not trust yet than one that nobody can.
  const issueAt = Math.max(due, Math.min(trusted, certificate.to - periods.overlapMs));
  if (now >= issueAt) return { action: "issue", reason: "the certificate expires, or its authority did" };
  return { action: "keep", until: Math.min(issueAt, dueAt(authority)) };
}

const dueAt = ({ from, to }: Period): number => from + ((to - from) * 2) / 3;
