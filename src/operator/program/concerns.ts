import type { AdapterConfig } from "../../compile/config.ts";
import * as names from "../../compile/names.ts";
import type { Changes } from "../../jetstream/topology.ts";
import { type ObjectName, keyOf } from "../kube/resource.ts";

/** What a resource is called among those of all kinds, e.g. `Adapter clinic/ehr`. */
export const resourceId = (kind: string, name: ObjectName): string => `${kind} ${keyOf(name)}`;

/**
 * Who a conflict concerns, by `resourceId`, each with the conflicts' texts. A stream or consumer of one Adapter concerns
 * that Adapter; a hub stream all who publish to it or read from it; a consumer of one also the Integrations that it
 * serves; a stream of a namespace the Adapters there.
 */
export function concerns(
  conflicts: Changes["conflicts"],
  configs: readonly AdapterConfig[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { name, reason } of conflicts) {
    const ids = new Set(configs.flatMap((config) => concernedBy(name, config)));
    for (const id of ids) found.set(id, [...(found.get(id) ?? []), `${name}: ${reason}`]);
  }
  return found;
}

/** Of the conflict `name`: the Adapter of `config`, and Integrations that it is a target of. */
function concernedBy(name: string, config: AdapterConfig): string[] {
  const adapter = resourceId("Adapter", config);
  const { stream, consumer } = names.parseHubRef(name);
  const own = [names.rawStream(config), names.parkedStream(config)];
  const shared = [names.quarantineStream(config.namespace), names.lineageStream(config.namespace)];
  if (own.includes(stream) || shared.includes(stream)) return [adapter];
  const routes = config.routes.filter(({ domain }) => names.hubStream(domain) === stream);
  const integrations = routes.map((route) =>
    resourceId("Integration", { namespace: config.namespace, name: route.integration }),
  );
  if (consumer !== undefined) return consumer === names.deliveryConsumer(config, 0) ? [adapter, ...integrations] : [];
  const publishes = domainsOf(config).some((domain) => names.hubStream(domain) === stream);
  return [...(publishes || routes.length > 0 ? [adapter] : []), ...integrations];
}

/** Domains that the Adapter publishes to: by its source, and by its target's replies. */
const domainsOf = ({ emits, routes }: AdapterConfig): string[] => [
  ...emits.map(({ domain }) => domain),
  ...routes.flatMap(({ reply }) => (reply ? [reply.domain] : [])),
];
