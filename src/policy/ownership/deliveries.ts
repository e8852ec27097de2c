import { namespaceOf } from "../../api/objectmeta.ts";
import { type Accepts, type Adapter, hasTarget } from "../../api/adapter.ts";
import type { Integration } from "../../api/integration.ts";
import type { EntityClaim } from "../../compile/claims.ts";
import { adapterNamed } from "../../compile/find.ts";
import { acceptedBy } from "../../compile/routes.ts";
import type { Contention } from "../contention.ts";
import { nameOf } from "../inuse.ts";
import type { Finding, Resource, Rule, RuleId, World } from "../rule.ts";
import { claimsOn, hasEntities } from "./entities.ts";

/** What a route delivers to a target, and where that is said. */
export interface Delivery {
  adapter: Adapter;
  delivered: Accepts;
  path: string;
  /** Who delivers it, where the path is one of the Adapter. */
  by?: Integration;
}

/**
 * A rule about entities that are delivered. `refusal`: what is wrong with delivering what somebody claims. It is the
 * route's fault or the Adapter's, whichever comes later: a route that was fine does not become another one by what its
 * Adapter accepts from now on, or acts as.
 */
export const aboutDeliveries = (
  id: RuleId,
  refusal: (delivery: Delivery, claim: EntityClaim) => string | undefined,
): Rule => ({
  id,
  judges: "State",
  contendsFor: contentionsOf,
  check({ new: resource, now }, others) {
    if (resource === undefined || !hasEntities(others)) return [];
    return deliveriesOf(resource, others).flatMap((delivery) =>
      claimsOn(delivery.delivered, others, now).flatMap((claim): Finding[] => {
        const message = refusal(delivery, claim);
        if (message === undefined) return [];
        const by = delivery.by === undefined ? "" : `${nameOf(delivery.by)} delivers it: `;
        return [{ severity: "Deny", path: delivery.path, message: by + message }];
      }),
    );
  },
});

function contentionsOf(resource: Resource): Contention[] {
  const { namespace = "default", name } = resource.metadata;
  const target = (adapter: string) => `target ${namespace}/${adapter}`;
  const route = (adapter: string) => `route to ${namespace}/${adapter}`;
  if (resource.kind === "Adapter") return hasTarget(resource.spec) ? [{ as: target(name), against: route(name) }] : [];
  if (resource.kind !== "Integration") return [];
  const adapters = new Set(resource.spec.event?.to.map(({ adapter }) => adapter));
  return [...adapters].map((adapter) => ({ as: route(adapter), against: target(adapter) }));
}

function deliveriesOf(resource: Resource, others: World): Delivery[] {
  if (resource.kind === "Integration") return deliveredBy(resource, others);
  return resource.kind === "Adapter" ? deliveredTo(resource, others) : [];
}

/** Those of a route of which is known what they deliver. */
function deliveredBy({ metadata, spec }: Integration, others: World): Delivery[] {
  if (spec.event === undefined) return [];
  const { from, to } = spec.event;
  return to.flatMap((target, i) => {
    const adapter = adapterNamed({ namespace: metadata.namespace, name: target.adapter }, others.adapters);
    const delivered = adapter && acceptedBy(adapter, from.contract, target);
    return delivered ? [{ adapter, delivered, path: `spec.event.to[${i}].adapter` }] : [];
  });
}

/** Of each version that `adapter` is sent, the first route that does so. */
function deliveredTo(adapter: Adapter, { integrations }: World): Delivery[] {
  const { accepts = [] } = adapter.spec;
  const { namespace = "default", name } = adapter.metadata;
  const found = new Map<Accepts, Delivery>();
  for (const by of integrations) {
    const { event } = by.spec;
    if (event === undefined || namespaceOf(by) !== namespace) continue;
    for (const target of event.to) {
      const delivered = target.adapter === name ? acceptedBy(adapter, event.from.contract, target) : undefined;
      if (delivered === undefined || found.has(delivered)) continue;
      found.set(delivered, { adapter, delivered, path: `spec.accepts[${accepts.indexOf(delivered)}]`, by });
    }
  }
  return [...found.values()];
}
