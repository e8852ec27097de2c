import type { AdapterSpec } from "../../api/adapter.ts";
import { secretUses } from "../../compile/secretuses.ts";
import type { Missing } from "./facts.ts";

/**
 * What an Adapter lacks of its Secrets, by its own word (`lacking`: fields, each with the keys that are there): the
 * operator has no right to read any. Of fields that the spec has no more nothing is known, nor of an Adapter without pods.
 */
export function missingSecrets(spec: AdapterSpec, lacking: Readonly<Record<string, readonly string[]>>): Missing[] {
  if (spec.replicas === 0) return [];
  return secretUses(spec).flatMap(({ path, secret, missing }) => {
    const present = lacking[path];
    const missed = present && missing(new Set(present));
    if (present === undefined || missed === undefined) return [];
    const text =
      present.length === 0 ? `Secret ${secret} is not there, or has no ${missed}` : `Secret ${secret} has no ${missed}`;
    return [{ kind: "Secret", text, path }];
  });
}
