import { createPrivateKey } from "node:crypto";
import type { Decision, Periods } from "./decide.ts";
import { type Material, unexpired } from "./material.ts";
import { createAuthority, issueCertificate, type Period } from "./x509.ts";

export type Renewal = Exclude<Decision["action"], "keep">;

/** The material after `action`. Authorities that were trusted before stay so until they expire. */
export function renew(
  action: Renewal,
  before: Material | undefined,
  names: readonly string[],
  now: number,
  periods: Periods,
): Material {
  const known = before === undefined ? [] : unexpired(before["ca.crt"], now);
  if (before === undefined || action === "create")
    return withCertificate(withAuthority(known, now, periods), names, now, periods);
  if (action === "addAuthority") return { ...before, ...withAuthority(known, now, periods) };
  return withCertificate({ "ca.crt": known.join(""), "ca.key": before["ca.key"] }, names, now, periods);
}

type Authority = Pick<Material, "ca.crt" | "ca.key">;

function withAuthority(known: string[], now: number, periods: Periods): Authority {
  const { certificate, key } = createAuthority(period(now, periods.authorityMs, periods));
  return { "ca.crt": [...known, certificate].join(""), "ca.key": key };
}

function withCertificate(authority: Authority, names: readonly string[], now: number, periods: Periods): Material {
  const signer = createPrivateKey(authority["ca.key"]);
  const { certificate, key } = issueCertificate(signer, names, period(now, periods.certificateMs, periods));
  return { ...authority, "tls.crt": certificate, "tls.key": key };
}

const period = (now: number, ms: number, { skewMs }: Periods): Period => ({ from: now - skewMs, to: now + ms });
