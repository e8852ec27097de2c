import { type EntityClaim, claimOn } from "../../compile/claims.ts";
import { versionNamed } from "../../compile/find.ts";
import type { World } from "../rule.ts";
import { believedIn } from "./believed.ts";

/**
 * What is said of each entity that a version carries: those of FHIR, which name their resource types. Nothing of what is in
 * no domain, and of a version that is not there. Where two domains that count claim one entity, the earlier one is believed.
 */
export function claimsOn(named: { contract: string; version: string }, world: World, now: number): EntityClaim[] {
  const found = versionNamed(named, world.contractVersions);
  const carried = found?.spec.fhir?.resources ?? [];
  const domains = carried.length === 0 ? [] : believedIn(world, now);
  return carried.flatMap((entity) => claimOn(entity, domains) ?? []);
}

export const hasEntities = ({ dataDomains }: World): boolean =>
  dataDomains.some(({ spec }) => spec.entities !== undefined);
