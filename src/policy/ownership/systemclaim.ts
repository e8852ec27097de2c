import { listed } from "../../base/listed.ts";
import { namespaceOf } from "../../api/objectmeta.ts";
import type { Adapter } from "../../api/adapter.ts";
import type { DataDomain, SystemClaim } from "../../api/datadomain.ts";
import type { Rule } from "../rule.ts";
import { believedIn } from "./believed.ts";

/** Who speaks for a system decides what it says: only the Adapters that the system's domain names may. */
export const SYSTEM_CLAIM: Rule = {
  id: "ownership/system-claim",
  judges: "State",
  check({ new: resource, now }, others) {
    if (resource?.kind !== "Adapter") return [];
    const { system } = resource.spec;
    for (const domain of believedIn(others, now)) {
      const claim = domain.spec.systems?.find((each) => each.system === system);
      if (claim === undefined || isNamed(resource, claim)) continue;
      return [{ severity: "Deny", path: "spec.system", message: refusal(resource, claim, domain) }];
    }
    return [];
  },
};

const isNamed = (adapter: Adapter, { adapters }: SystemClaim): boolean =>
  adapters.some(({ namespace, name }) => name === adapter.metadata.name && namespace === namespaceOf(adapter));

function refusal(adapter: Adapter, { system, adapters }: SystemClaim, { metadata, spec }: DataDomain): string {
  const names = adapters.map(({ namespace, name }) => `${namespace}/${name}`);
  return (
    `Adapter ${namespaceOf(adapter)}/${adapter.metadata.name} may not act as the system ${system}: DataDomain ` +
    `${metadata.name} gives it to Adapter ${listed(names, 1)}. Ask its owner (${spec.owner}) to name this Adapter in spec.systems, or write another system`
  );
}
