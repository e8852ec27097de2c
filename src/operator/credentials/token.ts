import { type AdapterName, adapterRef } from "../../compile/names.ts";
import { type Permitted, permissionsOf } from "../../compile/permissions.ts";
import { type Signer, mintCredentials, readCredentials, signerKey } from "../../jetstream/usertoken.ts";
import { type Decision, VALID_MS, decide } from "./decide.ts";

/** Name of an adapter's NATS user, as the server's logs and its monitoring show it. */
export const userName = (a: AdapterName): string => adapterRef(a);

/** What to do about an adapter's credentials, and the new ones where that is to renew. */
export type Renewal =
  | Extract<Decision, { action: "keep" }>
  | (Extract<Decision, { action: "renew" }> & { creds: string });

/**
 * Credentials of one adapter as a user JWT of the signer's account. `present` is the creds file that its Secret has.
 * `now`: milliseconds since the epoch. Throws FasciaError `SigningKeyInvalid`.
 */
export function renewToken(adapter: Permitted, signer: Signer, present: string | undefined, now: number): Renewal {
  const key = signerKey(signer);
  const wanted = {
    name: userName(adapter),
    permissions: permissionsOf(adapter),
    signer: key,
    account: signer.account ?? key,
  };
  const decision = decide(present === undefined ? undefined : readCredentials(present), wanted, now);
  if (decision.action === "keep") return decision;
  const user = { ...wanted, issuedAt: now, expiresAt: now + VALID_MS };
  return { ...decision, creds: mintCredentials(signer, user) };
}
