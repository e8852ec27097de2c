import type { Secrets } from "../adapters/adapter.ts";
import type { RunSpec } from "../api/adapter.ts";
import { safeReason } from "../base/errors.ts";
import { secretUses } from "../compile/secretuses.ts";

/** Why an adapter can't get a Secret that it needs; undefined while it can get them all. */
export async function secretTrouble(spec: RunSpec, secrets: Secrets): Promise<string | undefined> {
  for (const { path, secret, keys, missing } of secretUses(spec)) {
    const present = new Set<string>();
    try {
      for (const key of keys) if ((await secrets.readOptional(secret, key)) !== undefined) present.add(key);
    } catch (error) {
      return `${path}: ${safeReason(error)}`;
    }
    const missed = missing(present);
    if (missed !== undefined) return `${path}: Secret ${secret} has no ${missed}, or does not exist`;
  }
  return undefined;
}
