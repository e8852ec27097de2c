import { hkdfSync } from "node:crypto";
import { contentHash } from "../../base/hash.ts";
import { adapterRef } from "../../compile/names.ts";
import { type Permitted, permissionsOf } from "../../compile/permissions.ts";
import { type Signer, mintCredentials } from "../../jetstream/usertoken.ts";
import { CREDENTIALS_KEY } from "../workload/names.ts";
import { type Period, VALID_MS, periodOf } from "./decide.ts";

/**
 * By what adapters' credentials are made. `None`: they connect without. `Token`: user JWTs of the signer's account.
 * `Password`: users of the server's own configuration, with passwords that follow from `secret`. `apiPrefix`: where
 * JetStream's requests begin for them.
 */
export type Issuer =
  | { kind: "None" }
  | { kind: "Token"; signer: Signer; apiPrefix: string }
  | { kind: "Password"; secret: string; apiPrefix: string };

/** Whose credentials they are. */
export interface Holder extends Omit<Permitted, "apiPrefix"> {
  /** Another value makes others at once: the Adapter's annotation `RENEW_ANNOTATION`. */
  series: string;
}

export interface Issued {
  /** Content of the Adapter's Secret. */
  data: Record<string, string>;
  /** They are the newest ones in this time; to infinity where they stay. */
  period: Period;
}

export const RENEW_ANNOTATION = "fascia.dev/renew-credentials";

/**
 * An adapter's credentials at `now` (milliseconds since the epoch), whatever it had before: everything follows from who it
 * is, who issues, and the day, so that writing them again changes nothing. Throws FasciaError `SigningKeyInvalid`.
 */
export function issue(issuer: Exclude<Issuer, { kind: "None" }>, holder: Holder, now: number): Issued {
  const name = adapterRef(holder);
  if (issuer.kind === "Password")
    return { data: { user: name, password: passwordOf(issuer.secret, holder) }, period: ALWAYS };
  const period = periodOf(name, now);
  const permissions = permissionsOf({ ...holder, apiPrefix: issuer.apiPrefix });
  const user = { name, permissions, issuedAt: period.from, series: seriesOf(holder) };
  const creds = mintCredentials(issuer.signer, { ...user, expiresAt: period.from + VALID_MS });
  return { data: { [CREDENTIALS_KEY]: creds }, period };
}

const ALWAYS: Period = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

/** An annotation may be as long as its author likes; HKDF takes 1024 bytes of what a key is for. */
const seriesOf = ({ series }: Pick<Holder, "series">): string => (series === "" ? "" : contentHash(series));

const PASSWORD_BYTES = 32;

/** Has 256 bits, and nothing that would have to be escaped anywhere. */
export function passwordOf(secret: string, holder: Pick<Holder, "namespace" | "name" | "series">): string {
  const info = JSON.stringify(["fascia password", adapterRef(holder), seriesOf(holder)]);
  return Buffer.from(hkdfSync("sha256", secret, "", info, PASSWORD_BYTES)).toString("base64url");
}
