import type { Adapter } from "../api/adapter.ts";
import type { Problem } from "../compile/resources.ts";
import { secretUses } from "../compile/secretuses.ts";
import type { Secret } from "./secrets.ts";

/**
 * What Adapters refer to and no manifest holds: Secrets, or keys of them. Not invalid, for they may come later; until
 * then what needs them stands still.
 */
export function missingSecrets(adapters: Adapter[], secrets: Secret[]): Problem[] {
  return adapters.flatMap(({ metadata, spec }) => {
    const { name, namespace = "default" } = metadata;
    return secretUses(spec).flatMap((use) => {
      const secret = secrets.find((one) => one.name === use.secret && one.namespace === namespace);
      const missing = use.missing(new Set(Object.keys(secret?.data ?? {})));
      if (missing === undefined) return [];
      const what =
        secret === undefined
          ? `Secret ${use.secret} does not exist in namespace ${namespace}: add it to the manifests, with ${missing}`
          : `Secret ${use.secret} in namespace ${namespace} has no ${missing}: add it under data or stringData`;
      const reason = `${what}; until then Adapter ${name} is not ready`;
      return [{ invalid: false, kind: "Adapter", namespace, name, path: use.path, reason }];
    });
  });
}
