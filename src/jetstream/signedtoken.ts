import { createHash } from "node:crypto";
import type { nkeys } from "@nats-io/nats-core";

/**
 * A JWT as NATS has it (v2, ADR-14), signed by `pair`. The same claims and key give the same text. The client's own
 * encoder reads the clock by itself, which ours must not.
 */
export function signedToken(
  pair: nkeys.KeyPair,
  claims: { name: string; sub: string; nats: object; [more: string]: unknown },
): string {
  const whole = { ...claims, iss: pair.getPublicKey(), nats: { ...claims.nats, version: 2 } };
  const jti = createHash("sha256").update(JSON.stringify(whole)).digest("hex");
  const token = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode({ jti, ...whole })}`;
  return `${token}.${Buffer.from(pair.sign(Buffer.from(token))).toString("base64url")}`;
}

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
