import { hkdfSync } from "node:crypto";
import { nkeys } from "@nats-io/nats-core";
import { FasciaError } from "../base/errors.ts";
import type { Permissions } from "../compile/permissions.ts";
import { publicKeyOf, seedOf } from "./nkey.ts";
import { signedToken } from "./signedtoken.ts";

/** By what an account's users are signed. */
export interface Signer {
  /** Seed of the account's key, or of one of its signing keys (`SA…`). */
  seed: string;
  /** Public key of the account (`A…`), where the seed is that of a signing key. */
  account?: string;
}

export interface UserToken {
  name: string;
  permissions: Permissions;
  /** Milliseconds since the epoch. */
  issuedAt: number;
  /** Infinity for never. */
  expiresAt: number;
  /** Another one gives the user another key. */
  series?: string;
}

/** What credentials say of themselves. Their signature is the server's to check. */
export interface ReadToken extends Omit<UserToken, "series"> {
  /** Public key that signed. */
  signer: string;
  /** Public key of the account. */
  account: string;
}

interface Claims {
  iat: number;
  exp?: number;
  iss: string;
  name: string;
  nats: { pub?: { allow?: string[] }; sub?: { allow?: string[] }; issuer_account?: string };
}

/** Public key of the signer. Throws FasciaError `SigningKeyInvalid`. */
export const signerKey = (signer: Signer): string => keyPair(signer).getPublicKey();

/**
 * A creds file for a user: its JWT and the seed of its key. The key follows from who signs and what is said here: the
 * same user gets the same file, byte for byte. Throws FasciaError `SigningKeyInvalid`.
 */
export function mintCredentials(signer: Signer, user: UserToken): string {
  const pair = keyPair(signer);
  const account = signer.account ?? pair.getPublicKey();
  const issuedAt = Math.floor(user.issuedAt / 1000);
  const info = JSON.stringify(["fascia user key", account, user.name, issuedAt, user.series ?? ""]);
  const seed = seedOf("user", new Uint8Array(hkdfSync("sha256", pair.getSeed(), "", info, 32)));
  const token = signedToken(pair, {
    iat: issuedAt,
    ...(Number.isFinite(user.expiresAt) && { exp: Math.floor(user.expiresAt / 1000) }),
    name: user.name,
    sub: publicKeyOf(seed),
    nats: {
      pub: { allow: user.permissions.publish },
      sub: { allow: user.permissions.subscribe },
      ...UNLIMITED,
      ...(signer.account !== undefined && { issuer_account: signer.account }),
      type: "user",
    },
  });
  return credsFile(token, seed);
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 };

const credsFile = (token: string, seed: string): string => `-----BEGIN NATS USER JWT-----
${token}
------END NATS USER JWT------

Who has the seed below is this user: keep it secret.

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;

/** What a creds file says, of nothing permitted or refused in particular by empty lists; undefined where it is none. */
export function readCredentials(text: string): ReadToken | undefined {
  const [token, seed] = [...text.matchAll(/-{3,}BEGIN [^\n]*-{3,}\s+(\S+)\s+-{3,}END /g)].map((match) => match[1]);
  if (token === undefined || seed === undefined) return undefined;
  try {
    nkeys.fromSeed(Buffer.from(seed));
    const { iat, exp, iss, name, nats } = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    ) as Claims;
    const permissions = { publish: nats.pub?.allow ?? [], subscribe: nats.sub?.allow ?? [] };
    const account = nats.issuer_account ?? iss;
    return {
      name,
      permissions,
      issuedAt: iat * 1000,
      expiresAt: exp === undefined ? Number.POSITIVE_INFINITY : exp * 1000,
      signer: iss,
      account,
    };
  } catch {
    // Only half of it, or something else.
    return undefined;
  }
}

function keyPair({ seed, account }: Signer): nkeys.KeyPair {
  const text = seed.trim();
  try {
    const pair = nkeys.fromSeed(Buffer.from(text));
    const isAccount = account === undefined || nkeys.fromPublic(account).getPublicKey().startsWith("A");
    if (text.startsWith("SA") && isAccount) return pair;
  } catch (cause) {
    throw unusable(cause);
  }
  throw unusable();
}

const unusable = (cause?: unknown): FasciaError =>
  new FasciaError(
    "SigningKeyInvalid",
    "the signing key of the NATS account cannot be used: it is to be the seed of an account's key (SA…), and the account its public key (A…)",
    { cause },
  );
