import { namespaceOf } from "../api/objectmeta.ts";
import semver from "semver";
import { type Accepts, type Adapter, hasTarget } from "../api/adapter.ts";
import type { Integration, IntegrationTarget } from "../api/integration.ts";
import type { RouteConfig } from "./config.ts";
import { remembered } from "../base/remembered.ts";
import { adapterNamed } from "./find.ts";
import type { Contracts, Report } from "./lookup.ts";
import type { Resources } from "./resources.ts";

/** A route with the adapter that it delivers to, before routes are grouped by adapter. */
export interface ResolvedRoute {
  namespace: string;
  target: string;
  /** Contracts that the route touches: what it subscribes to and what a reply becomes. */
  contracts: string[];
  route: RouteConfig;
}

export function resolveRoutes(
  resources: Pick<Resources, "adapters" | "integrations">,
  contracts: Contracts,
  report: Report,
): ResolvedRoute[] {
  const integrations = [...resources.integrations].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  return integrations.flatMap((integration) => routesOf(integration, resources.adapters, contracts, report));
}

function routesOf(
  integration: Integration,
  adapters: Adapter[],
  contracts: Contracts,
  report: Report,
): ResolvedRoute[] {
  const problem = report.of("Integration", integration.metadata);
  const event = integration.spec.event;
  if (!event) return [];
  const { from } = event;
  if (!isOneMajor(from.version)) {
    return [];
  }
  const [subscribed] = contracts.inRange(from.contract, from.version);
  if (!subscribed) {
    problem("spec.event.from", contracts.missing(from.contract, from.version));
    return [];
  }
  const namespace = namespaceOf(integration);
  return event.to.flatMap((to, i) => {
    const target = (path: string, reason: string) => problem(`spec.event.to[${i}]${path}`, reason);
    const adapter = adapterNamed({ namespace, name: to.adapter }, adapters);
    const accepts = adapter && acceptsOf(adapter, from.contract, to, target);
    if (!adapter) target(".adapter", `Adapter ${to.adapter} does not exist in namespace ${namespace}`);
    if (!accepts) return [];
    const reply = to.reply && replyOf(to.reply, contracts, target);
    if (to.reply && !reply) return [];
    const route: RouteConfig = {
      integration: integration.metadata.name,
      contract: from.contract,
      domain: subscribed.domain,
      range: from.version,
      accepts,
      retry: to.retry,
      onPermanent: to.onPermanent,
      ...(from.adapters && { adapters: from.adapters }),
      ...(from.events && { events: from.events }),
      ...(event.filter !== undefined && { filter: event.filter }),
      ...(to.when !== undefined && { when: to.when }),
      ...(to.map !== undefined && { map: to.map }),
      ...(reply && { reply }),
    };
    return [{ namespace, target: to.adapter, contracts: [from.contract, ...(reply ? [reply.contract] : [])], route }];
  });
}

function acceptsOf(
  adapter: Adapter,
  contract: string,
  to: IntegrationTarget,
  problem: (path: string, reason: string) => void,
): Accepts | undefined {
  if (!hasTarget(adapter.spec)) {
    problem(".adapter", `Adapter ${to.adapter} has no target; it can only send to the hub`);
    return undefined;
  }
  const highest = acceptedBy(adapter, contract, to);
  const what = to.version === undefined ? contract : `${contract} ${to.version}`;
  if (!highest) problem(".adapter", `Adapter ${to.adapter} does not accept ${what}; add it to its spec.accepts`);
  return highest;
}

/** What is delivered to `adapter`: the version that the target names, or the highest that is accepted. */
export function acceptedBy(adapter: Adapter, contract: string, { version }: IntegrationTarget): Accepts | undefined {
  const offers = (adapter.spec.accepts ?? []).filter((a) => a.contract === contract);
  const wanted = version === undefined ? offers : offers.filter((a) => a.version === version);
  const [highest] = wanted.sort((a, b) => semver.rcompare(a.version, b.version));
  return highest;
}

function replyOf(
  reply: NonNullable<IntegrationTarget["reply"]>,
  contracts: Contracts,
  problem: (path: string, reason: string) => void,
): RouteConfig["reply"] | undefined {
  const contract = contracts.get(reply.contract, reply.version);
  if (contract) return { ...reply, domain: contract.domain };
  problem(".reply", contracts.missing(reply.contract, reply.version));
  return undefined;
}

/** A subscription is a subject, and the major version is a token of it. */
export const isOneMajor = remembered(
  (range: string): boolean => {
    const lowest = semver.validRange(range) === null ? null : semver.minVersion(range);
    if (lowest === null) return false;
    return semver.subset(range, `^${lowest.major}.0.0-0 || ${lowest.major}.x`, { includePrerelease: true });
  },
  (range) => range,
);

/** Major version that a valid range stays within. */
export const majorOf = (range: string): number => semver.minVersion(range)?.major ?? 0;
