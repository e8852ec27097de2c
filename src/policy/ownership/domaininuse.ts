import type { DataDomain } from "../../api/datadomain.ts";
import type { Adapter } from "../../api/adapter.ts";
import type { ContractVersion } from "../../api/contractversion.ts";
import type { Resources } from "../../compile/resources.ts";
import { listOf } from "../inuse.ts";
import type { Rule } from "../rule.ts";

/** Deleting is never denied, but whoever deletes a domain is told for whom its rules held. */
export const DOMAIN_IN_USE: Rule = {
  id: "ownership/domain-in-use",
  judges: "Transition",
  check({ operation, old }, others) {
    if (operation !== "DELETE" || old?.kind !== "DataDomain") return [];
    const governed = governedBy(old, others);
    if (governed.length === 0) return [];
    const message = `DataDomain ${old.metadata.name} is in use by ${listOf(governed)}: give what it has for them to another domain first`;
    return [{ severity: "Warn", path: "", message }];
  },
};

/**
 * For whom `domain` alone has an answer: contracts that name it or carry an entity of it, and Adapters that act as a system
 * of it. What another of `others` claims as well does not need this one: two that overlap can be mended by deleting one.
 */
export function governedBy(domain: DataDomain, others: Resources): (ContractVersion | Adapter)[] {
  const { name } = domain.metadata;
  const rest = others.dataDomains.filter((other) => other.metadata.name !== name);
  const systems = without(systemsOf([domain]), systemsOf(rest));
  const entities = without(entitiesOf([domain]), entitiesOf(rest));
  return [
    ...others.contractVersions.filter(
      ({ spec }) => spec.domain === name || spec.fhir?.resources.some((entity) => entities.has(entity)),
    ),
    ...others.adapters.filter(({ spec }) => systems.has(spec.system)),
  ];
}

const without = (names: Set<string>, others: Set<string>): Set<string> =>
  new Set([...names].filter((name) => !others.has(name)));

const systemsOf = (domains: readonly DataDomain[]): Set<string> =>
  new Set(domains.flatMap(({ spec }) => (spec.systems ?? []).map(({ system }) => system)));

const entitiesOf = (domains: readonly DataDomain[]): Set<string> =>
  new Set(domains.flatMap(({ spec }) => (spec.entities ?? []).map(({ entity }) => entity)));
