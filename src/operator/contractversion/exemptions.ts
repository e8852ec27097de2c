import { namespaceOf } from "../../api/objectmeta.ts";
import { type Exemption, MAX_USES, type Phase } from "../../api/contractversion-status.ts";
import type { PolicyException } from "../../api/policyexception.ts";
import { isInForce } from "../../policy/exception/force.ts";
import { NEW_USE } from "../../policy/lifecycle/use.ts";

/**
 * Who may begin to use a version of this phase all the same, for who judges without knowing exceptions: the API server by
 * its own policy. Sorted, and none where nobody needs to be.
 */
export function exemptionsAt(exceptions: readonly PolicyException[], phase: Phase, now: number): Exemption[] {
  if (phase === "Active") return [];
  const found = exceptions
    .filter((exception) => exception.spec.rules.includes(NEW_USE.id) && isInForce(exception, now))
    .flatMap(exemptionsOf);
  const byName = new Map(found.map((exemption) => [Object.values(exemption).join("/"), exemption]));
  return [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, MAX_USES)
    .map(([, exemption]) => exemption);
}

const exemptionsOf = ({ metadata, spec }: PolicyException): Exemption[] =>
  spec.resources.flatMap(({ kind, name }) =>
    kind === "Adapter" || kind === "Integration" ? [{ kind, namespace: namespaceOf({ metadata }), name }] : [],
  );
