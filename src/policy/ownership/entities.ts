import type { Adapter } from "../../api/adapter.ts";
import type { DataDomain, EntityOwnership } from "../../api/datadomain.ts";
import { precedes } from "../order.ts";
import type { World } from "../rule.ts";

/** What a domain says of an entity. */
export interface EntityClaim {
  ownership: EntityOwnership;
  domain: DataDomain;
}

/**
 * What is said of each entity that a version carries: those of FHIR, which name their resource types. Nothing of what is in
 * no domain, and of a version that is not there. Where two domains claim one entity, the earlier one is believed.
 */
export function claimsOn(named: { contract: string; version: string }, world: World): EntityClaim[] {
  const found = world.contractVersions.find(
    ({ spec }) => spec.contract === named.contract && spec.version === named.version,
  );
  return (found?.spec.fhir?.resources ?? []).flatMap((entity) => claimOn(entity, world.dataDomains) ?? []);
}

function claimOn(entity: string, domains: readonly DataDomain[]): EntityClaim | undefined {
  let first: EntityClaim | undefined;
  for (const domain of domains) {
    const ownership = domain.spec.entities?.find((each) => each.entity === entity);
    if (ownership === undefined || (first !== undefined && precedes(first.domain, domain))) continue;
    first = { ownership, domain };
  }
  return first;
}

export const hasEntities = ({ dataDomains }: World): boolean =>
  dataDomains.some(({ spec }) => spec.entities !== undefined);

/** The Adapter that a target of a route in `namespace` means. */
export const adapterIn = (namespace: string | undefined, name: string, { adapters }: World): Adapter | undefined =>
  adapters.find(
    ({ metadata }) => metadata.name === name && (metadata.namespace ?? "default") === (namespace ?? "default"),
  );
