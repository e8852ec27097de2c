import type { RunSpec } from "../api/adapter.ts";
import type { ClientTls, SecretKeyRef, ServerTls } from "../api/meta.ts";

/** One place where an Adapter refers to a Secret of its namespace. */
export interface SecretUse {
  /** Field that names it, e.g. `spec.mllp.source.tls.secretName`. */
  path: string;
  secret: string;
  /** Keys that may be read. */
  keys: string[];
  /** Which keys are missed where only `present` are there; undefined where they do. */
  missing(present: ReadonlySet<string>): string | undefined;
}

interface Side {
  bearerTokenRef?: SecretKeyRef | undefined;
}

/** Every Secret that an Adapter uses, in the order of its fields. Says of keys what `readServerTls` and its likes do. */
export function secretUses({ mllp, fhir, http }: RunSpec): SecretUse[] {
  return [
    ...serverUses("spec.mllp.source", mllp?.source ?? {}),
    ...clientUses("spec.mllp.target", mllp?.target ?? {}),
    ...clientUses("spec.fhir.target", fhir?.target ?? {}),
    ...serverUses("spec.http.source", http?.source ?? {}),
    ...clientUses("spec.http.target", http?.target ?? {}),
  ];
}

function serverUses(path: string, { tls, bearerTokenRef }: Side & { tls?: ServerTls | undefined }): SecretUse[] {
  const uses = bearerUses(path, bearerTokenRef);
  if (tls === undefined) return uses;
  const keys = ["tls.crt", "tls.key", ...(tls.clientAuth === "Require" ? ["ca.crt"] : [])];
  return [{ path: `${path}.tls.secretName`, secret: tls.secretName, keys, missing: allOf(keys) }, ...uses];
}

function clientUses(path: string, { tls, bearerTokenRef }: Side & { tls?: ClientTls | undefined }): SecretUse[] {
  const uses = bearerUses(path, bearerTokenRef);
  if (tls?.secretName === undefined) return uses;
  const pair = ["tls.crt", "tls.key"];
  // An authority, a certificate of our own, or both.
  const missing: SecretUse["missing"] = (present) => {
    if (pair.some((key) => present.has(key))) return allOf(pair)(present);
    return present.has("ca.crt") ? undefined : "ca.crt, or tls.crt and tls.key";
  };
  return [{ path: `${path}.tls.secretName`, secret: tls.secretName, keys: [...pair, "ca.crt"], missing }, ...uses];
}

function bearerUses(path: string, ref: SecretKeyRef | undefined): SecretUse[] {
  if (ref === undefined) return [];
  return [{ path: `${path}.bearerTokenRef`, secret: ref.name, keys: [ref.key], missing: allOf([ref.key]) }];
}

function allOf(keys: string[]): SecretUse["missing"] {
  return (present) => {
    const missed = keys.filter((key) => !present.has(key));
    return missed.length === 0 ? undefined : missed.join(" and ");
  };
}
