import { acceptedBy } from "../../compile/routes.ts";
import { nameOf } from "../inuse.ts";
import type { Rule } from "../rule.ts";
import { adapterIn, claimsOn, hasEntities } from "./entities.ts";

/** What a domain lets only some systems have is delivered to none other. */
export const NO_CONSUMER: Rule = {
  id: "ownership/no-consumer",
  judges: "State",
  check({ new: resource, now }, others) {
    if (resource?.kind !== "Integration" || resource.spec.event === undefined || !hasEntities(others)) return [];
    const { from, to } = resource.spec.event;
    return to.flatMap((target, i) => {
      const adapter = adapterIn(resource.metadata.namespace, target.adapter, others);
      const delivered = adapter && acceptedBy(adapter, from.contract, target);
      if (!delivered) return [];
      const { system } = adapter.spec;
      return claimsOn(delivered, others, now)
        .filter(({ ownership: { primary, consumers } }) => system !== primary && consumers?.includes(system) === false)
        .map(({ ownership: { entity }, domain }) => ({
          severity: "Deny" as const,
          path: `spec.event.to[${i}].adapter`,
          message:
            `${nameOf(adapter)} acts as the system ${system}, which is no consumer of ${entity}, and ` +
            `${delivered.contract}-v${delivered.version} carries it: ask the owner of DataDomain ${domain.metadata.name} ` +
            `(${domain.spec.owner}) to name ${system} among its consumers, or deliver a contract without ${entity}`,
        }));
    });
  },
};
