import { readFile } from "node:fs/promises";
import path from "node:path";
import { FasciaError } from "../../base/errors.ts";
import { API_PREFIX, IMPORTED_API_PREFIX } from "../../compile/exports.ts";
import { type Credentials, readCredentialsAt } from "../../jetstream/credsfile.ts";
import { readCredentials, signerKey } from "../../jetstream/usertoken.ts";
import type { Issuer } from "./issue.ts";
import type { PlainUser } from "./plain.ts";

/** Seed of the signing key of the adapters' account, and that account's public key. */
export const SIGNER_KEY = "adapters.nk";
export const ACCOUNT_KEY = "adapters.account";

/**
 * How adapters' credentials are made, by what stands beside the operator's own in its directory (a mounted Secret):
 * `adapters.nk`, the seed of a key of the adapters' account, with `adapters.account`, that account's public key, unless
 * the key is the account's own. With a user and a password instead adapters get users of the server's configuration, whose
 * passwords follow from `secret()`. Otherwise they connect without. Rejects with FasciaError `SigningKeyInvalid` or
 * `CredentialsUnusable`.
 */
export async function issuerIn(directory: string, secret?: () => Promise<string>): Promise<Issuer> {
  const own = readCredentialsAt(directory);
  const [seed, account] = await Promise.all([SIGNER_KEY, ACCOUNT_KEY].map((key) => textOf(path.join(directory, key))));
  if (seed !== undefined) {
    const signer = { seed, ...(account !== undefined && { account }) };
    const key = signerKey(signer);
    return { kind: "Token", signer, apiPrefix: prefixFor(own, account ?? key) };
  }
  if (account !== undefined)
    throw new FasciaError("SigningKeyInvalid", `${directory} has ${ACCOUNT_KEY}, but no ${SIGNER_KEY} to sign with`);
  if ("creds" in own || !secret) return { kind: "None" };
  return { kind: "Password", secret: await secret(), apiPrefix: IMPORTED_API_PREFIX };
}

/** The operator's own user of the server's configuration. Throws FasciaError `CredentialsUnusable`. */
export function plainUserIn(directory: string): PlainUser {
  const own = readCredentialsAt(directory);
  if ("user" in own) return own;
  throw new FasciaError(
    "CredentialsUnusable",
    `${directory} has a creds file, and no user of the server's configuration`,
  );
}

/** An account that is not the operator's own imports JetStream's requests from that one. */
function prefixFor(own: Credentials, account: string): string {
  const hub = "creds" in own ? readCredentials(own.creds)?.account : undefined;
  return hub === account ? API_PREFIX : IMPORTED_API_PREFIX;
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw new FasciaError("CredentialsUnusable", `${file} cannot be read (${code})`, { cause });
  }
}
