import type { DataDomain, EntityOwnership } from "../api/datadomain.ts";
import { precedes } from "./order.ts";

/** What a domain says of an entity. */
export interface EntityClaim {
  ownership: EntityOwnership;
  domain: DataDomain;
}

/** What is said of `entity`. Where two domains claim it, the earlier one is believed. */
export function claimOn(entity: string, domains: readonly DataDomain[]): EntityClaim | undefined {
  let first: EntityClaim | undefined;
  for (const domain of domains) {
    const ownership = domain.spec.entities?.find((each) => each.entity === entity);
    if (ownership === undefined || (first !== undefined && precedes(first.domain, domain))) continue;
    first = { ownership, domain };
  }
  return first;
}

/** What is said of every entity that a domain claims, by name, each once. */
export function everyClaim(domains: readonly DataDomain[]): EntityClaim[] {
  const entities = domains.flatMap(({ spec }) => (spec.entities ?? []).map(({ entity }) => entity));
  return [...new Set(entities)].sort().flatMap((entity) => claimOn(entity, domains) ?? []);
}
