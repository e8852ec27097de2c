import type { Accepts, Adapter } from "../../api/adapter.ts";
import type { Integration } from "../../api/integration.ts";
import { type EntityClaim, claimOn } from "../../compile/claims.ts";
import { adapterNamed, versionNamed } from "../../compile/find.ts";
import { acceptedBy } from "../../compile/routes.ts";
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

/** The Adapter that a target of a route in `namespace` means. */
export const adapterIn = (namespace: string | undefined, name: string, { adapters }: World): Adapter | undefined =>
  adapterNamed({ namespace, name }, adapters);

/** What a route delivers to a target, and where that is said. */
export interface Delivery {
  adapter: Adapter;
  delivered: Accepts;
  path: string;
}

/** Those of a route of which is known what they deliver. */
export function deliveriesOf({ metadata, spec }: Integration, others: World): Delivery[] {
  if (spec.event === undefined) return [];
  const { from, to } = spec.event;
  return to.flatMap((target, i) => {
    const adapter = adapterIn(metadata.namespace, target.adapter, others);
    const delivered = adapter && acceptedBy(adapter, from.contract, target);
    return delivered ? [{ adapter, delivered, path: `spec.event.to[${i}].adapter` }] : [];
  });
}
