import { nameOf } from "../inuse.ts";
import type { Rule } from "../rule.ts";
import { claimsOn, deliveriesOf, hasEntities } from "./entities.ts";

/** What a domain lets only some systems have is delivered to none other. */
export const NO_CONSUMER: Rule = {
  id: "ownership/no-consumer",
  judges: "State",
  check({ new: resource, now }, others) {
    if (resource?.kind !== "Integration" || !hasEntities(others)) return [];
    return deliveriesOf(resource, others).flatMap(({ adapter, delivered, path }) => {
      const { system } = adapter.spec;
      return claimsOn(delivered, others, now)
        .filter(({ ownership: { primary, consumers } }) => system !== primary && consumers?.includes(system) === false)
        .map(({ ownership: { entity }, domain }) => ({
          severity: "Deny" as const,
          path,
          message:
            `${nameOf(adapter)} acts as the system ${system}, which is no consumer of ${entity}, and ` +
            `${delivered.contract}-v${delivered.version} carries it: ask the owner of DataDomain ${domain.metadata.name} ` +
            `(${domain.spec.owner}) to name ${system} among its consumers, or deliver a contract without ${entity}`,
        }));
    });
  },
};
