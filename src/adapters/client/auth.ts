import type { SecretKeyRef } from "../../api/meta.ts";
import { FasciaError } from "../../base/errors.ts";
import type { Secrets } from "../adapter.ts";

/** `b64token` of RFC 6750 section 2.1, the only form that fits behind `Bearer`. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;

/** The bearer token as it is now. Rejects with FasciaError `SecretMissing` or `SecretInvalid`. */
export async function readToken(ref: SecretKeyRef, secrets: Secrets): Promise<string> {
  const token = (await secrets.read(ref.name, ref.key)).toString("latin1").trim();
  if (TOKEN.test(token)) return token;
  throw new FasciaError(
    "SecretInvalid",
    `Secret ${ref.name}, key ${ref.key}, is no bearer token: letters, digits and -._~+/ only (RFC 6750), at least one`,
  );
}
