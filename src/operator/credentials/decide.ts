import { canonicalJson } from "../../base/hash.ts";
import type { Permissions } from "../../compile/permissions.ts";
import type { ReadToken } from "../../jetstream/usertoken.ts";

const HOUR_MS = 3_600_000;
/** How long credentials are valid: an operator that is down for days stops nobody. */
export const VALID_MS = 7 * 24 * HOUR_MS;
/** How old they get. */
export const RENEW_AFTER_MS = 24 * HOUR_MS;

/** What an adapter's credentials are to be. */
export interface Wanted {
  name: string;
  permissions: Permissions;
  /** Public keys of who signs now, and of the account. */
  signer: string;
  account: string;
}

/** Why credentials are minted. */
export type Reason = "Missing" | "PermissionsChanged" | "SignerChanged" | "Old" | "FromTheFuture";

export type Decision =
  /** `renewAt`: when to look again, milliseconds since the epoch. */
  { action: "keep"; renewAt: number } | { action: "renew"; reason: Reason };

/** Pure. `present`: what the Secret has, undefined for nothing that could be read. `now`: milliseconds since the epoch. */
export function decide(present: ReadToken | undefined, wanted: Wanted, now: number): Decision {
  if (!present || present.name !== wanted.name) return { action: "renew", reason: "Missing" };
  if (present.signer !== wanted.signer || present.account !== wanted.account)
    return { action: "renew", reason: "SignerChanged" };
  if (!same(present.permissions, wanted.permissions)) return { action: "renew", reason: "PermissionsChanged" };
  // A clock that was wrong has signed what would be valid for too long.
  if (present.issuedAt > now + HOUR_MS) return { action: "renew", reason: "FromTheFuture" };
  const renewAt = Math.min(present.issuedAt + RENEW_AFTER_MS, present.expiresAt - (VALID_MS - RENEW_AFTER_MS));
  return renewAt <= now ? { action: "renew", reason: "Old" } : { action: "keep", renewAt };
}

const same = (a: Permissions, b: Permissions): boolean => {
  const sorted = ({ publish, subscribe }: Permissions) =>
    canonicalJson({ publish: [...publish].sort(), subscribe: [...subscribe].sort() });
  return sorted(a) === sorted(b);
};
