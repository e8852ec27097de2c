import { createHash } from "node:crypto";
import { nkeys } from "@nats-io/nats-core";
import { FasciaError } from "../base/errors.ts";
import type { Permissions } from "../compile/permissions.ts";

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
  expiresAt: number;
}

/** What credentials say of themselves. Their signature is the server's to check. */
export interface ReadToken extends UserToken {
  /** Public key that signed. */
  signer: string;
  /** Public key of the account. */
  account: string;
}

interface Claims {
  iat: number;
  exp: number;
  iss: string;
  name: string;
  nats: { pub: { allow: string[] }; sub: { allow: string[] }; issuer_account?: string };
}

/** Public key of the signer. Throws FasciaError `SigningKeyInvalid`. */
export const signerKey = (signer: Signer): string => keyPair(signer).getPublicKey();

/**
 * A creds file for a new user: its JWT (NATS JWT v2, ADR-14) and the seed of its key. Throws FasciaError
 * `SigningKeyInvalid`. The client's own encoder reads the clock by itself, which ours must not.
 */
export function mintCredentials(signer: Signer, user: UserToken): string {
  const pair = keyPair(signer);
  const key = nkeys.createUser();
  const unlimited = { subs: -1, data: -1, payload: -1 };
  const claims = {
    iat: Math.floor(user.issuedAt / 1000),
    exp: Math.floor(user.expiresAt / 1000),
    iss: pair.getPublicKey(),
    name: user.name,
    sub: key.getPublicKey(),
    nats: {
      pub: { allow: user.permissions.publish },
      sub: { allow: user.permissions.subscribe },
      ...unlimited,
      ...(signer.account !== undefined && { issuer_account: signer.account }),
      type: "user",
      version: 2,
    },
  };
  const jti = createHash("sha256").update(JSON.stringify(claims)).digest("hex");
  const token = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode({ jti, ...claims })}`;
  const signature = Buffer.from(pair.sign(Buffer.from(token))).toString("base64url");
  return credsFile(`${token}.${signature}`, Buffer.from(key.getSeed()).toString());
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

const credsFile = (token: string, seed: string): string => `-----BEGIN NATS USER JWT-----
${token}
------END NATS USER JWT------

Who has the seed below is this user: keep it secret.

-----BEGIN USER NKEY SEED-----
${seed}
------END USER NKEY SEED------
`;

/** What a creds file says; undefined where it is none. */
export function readCredentials(text: string): ReadToken | undefined {
  const [token, seed] = [...text.matchAll(/-{3,}BEGIN [^\n]*-{3,}\s+(\S+)\s+-{3,}END /g)].map((match) => match[1]);
  if (token === undefined || seed === undefined) return undefined;
  try {
    nkeys.fromSeed(Buffer.from(seed));
    const { iat, exp, iss, name, nats } = JSON.parse(
      Buffer.from(token.split(".")[1] ?? "", "base64url").toString(),
    ) as Claims;
    const permissions = { publish: nats.pub.allow, subscribe: nats.sub.allow };
    const account = nats.issuer_account ?? iss;
    return { name, permissions, issuedAt: iat * 1000, expiresAt: exp * 1000, signer: iss, account };
  } catch {
    // Not written by us, or only half of it: new ones are to take its place.
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
