import { routesTo } from "./find.ts";
import { namespaceOf } from "../api/objectmeta.ts";
import type { Adapter } from "../api/adapter.ts";
import { withoutWorkload } from "../api/adapter-workload.ts";
import { contentHash } from "../base/hash.ts";
import { type CalendarEntry, calendarOf } from "./calendar.ts";
import type { AdapterConfig } from "./config.ts";
import { withDefaults } from "./defaults.ts";
import { resolveEmits } from "./emits.ts";
import { extensionsOf } from "./extensions.ts";
import { Contracts, Report } from "./lookup.ts";
import { Owners } from "./owners.ts";
import { checkResources } from "./check.ts";
import type { Problem, Resources } from "./resources.ts";
import { type ResolvedRoute, resolveRoutes } from "./routes.ts";
import { planTopology } from "./plan.ts";
import type { Topology } from "./topology.ts";

export interface Compiled extends Topology {
  configs: AdapterConfig[];
  problems: Problem[];
}

/**
 * Turns resources into what the hub needs (streams and consumers) and what each adapter needs (its configuration).
 * Pure: the same resources give the same result, whatever their order. What can't be resolved becomes a problem and
 * is left out; it never keeps the rest from running.
 */
export function compile(resources: Resources): Compiled {
  const report = new Report();
  checkResources(resources, report);
  const contracts = new Contracts(resources.contractVersions);
  const adapters = [...resources.adapters].sort(byName);
  const routes = resolveRoutes(resources, contracts, report);
  const owners = new Owners(resources, routes);
  const tells = adapters.some(({ spec }) => spec.lifecycle?.source);
  const whole = { contracts, routes, owners, calendar: tells ? calendarOf(resources) : [] };
  const given = (adapter: Adapter) => withDefaults(adapter, resources.adapterClasses).adapter;
  const configs = adapters.map((a) => {
    const config = configOf(given(a), whole, report);
    const extensions = extensionsOf(config, resources.policyExceptions);
    const extended = { ...config, ...(extensions && { extensions }) };
    return { revision: contentHash(extended), ...extended };
  });
  return { ...planTopology(configs, contracts.domains()), configs, problems: report.problems };
}

/** What is known of all resources together. */
interface Whole {
  contracts: Contracts;
  routes: ResolvedRoute[];
  owners: Owners;
  calendar: CalendarEntry[];
}

function configOf(
  adapter: Adapter,
  { contracts, routes, owners, calendar }: Whole,
  report: Report,
): Omit<AdapterConfig, "revision"> {
  const namespace = namespaceOf(adapter);
  const name = adapter.metadata.name;
  const own = [...routesTo({ namespace, name }, routes)];
  const emits = resolveEmits(adapter, contracts, report);
  const said = [...emits, ...own.flatMap(({ route }) => route.reply ?? [])];
  const ownership = owners.of(
    adapter,
    own,
    said.flatMap(({ contract, version }) => contracts.get(contract, version) ?? []),
  );
  const used = [...emits.map((e) => e.contract), ...own.flatMap((r) => r.contracts)];
  return {
    namespace,
    name,
    ...(adapter.metadata.deletionTimestamp !== undefined && { draining: true as const }),
    spec: withoutWorkload(adapter.spec),
    contracts: contracts.allVersions(used),
    emits,
    routes: own.map((r) => r.route),
    domains: [...new Set(own.map((r) => r.route.domain))].sort(),
    ...(ownership && { ownership }),
    ...(adapter.spec.lifecycle?.source && { calendar }),
  };
}

const byName = (a: Adapter, b: Adapter): number => {
  const left = `${a.metadata.namespace}/${a.metadata.name}`;
  const right = `${b.metadata.namespace}/${b.metadata.name}`;
  return left < right ? -1 : left > right ? 1 : 0;
};
