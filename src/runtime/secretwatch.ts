import type { Secrets } from "../adapters/adapter.ts";
import type { RunSpec } from "../api/adapter.ts";
import { safeReason } from "../base/errors.ts";
import { secretUses } from "../compile/secretuses.ts";

/** A Secret that an adapter needs and can't get, or not whole. */
export interface SecretTrouble {
  /** Field that names it, e.g. `spec.mllp.target.tls.secretName`. */
  path: string;
  /** Keys that are there. */
  present: string[];
  text: string;
}

/** Every Secret that an adapter can't get whole, in the order of its fields. */
export async function secretTroubles(spec: RunSpec, secrets: Secrets): Promise<SecretTrouble[]> {
  const troubles: SecretTrouble[] = [];
  for (const { path, secret, keys, missing } of secretUses(spec)) {
    const present: string[] = [];
    try {
      for (const key of keys) if ((await secrets.readOptional(secret, key)) !== undefined) present.push(key);
    } catch (error) {
      troubles.push({ path, present, text: safeReason(error) });
      continue;
    }
    const missed = missing(new Set(present));
    if (missed !== undefined)
      troubles.push({ path, present, text: `Secret ${secret} has no ${missed}, or does not exist` });
  }
  return troubles;
}

const SOURCE_TOKEN = /^spec\.\w+\.source\.bearerTokenRef$/;

/**
 * Whether the adapter is to count as not ready for it. One that listens is reached by senders only while it is ready:
 * what its target lacks must not keep it from receiving, nor a certificate that it has read already, but a token without
 * which it would let nobody in.
 */
export function holdsBack({ mllp, http }: RunSpec, { path }: SecretTrouble): boolean {
  const isListening = (mllp?.source ?? http?.source) !== undefined;
  return !isListening || SOURCE_TOKEN.test(path);
}
