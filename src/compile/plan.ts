import { hasSource, hasTarget } from "../api/adapter.ts";
import { LATEST_DAYS } from "./calendar.ts";
import type { AdapterConfig, RouteConfig } from "./config.ts";
import { nonOverlapping } from "./filters.ts";
import * as names from "./names.ts";
import { majorOf } from "./routes.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "./topology.ts";

const GIB = 1024 ** 3;
const DAY = 86_400;

/** Unacknowledged messages that a worker may hold, unless its target takes more at once. */
export const MAX_ACK_PENDING = 128;
/** For a target of so many connections: beside what is being sent as much is being recorded, or waits to be sent next. */
export const maxAckPending = (connections: number): number => Math.max(MAX_ACK_PENDING, 2 * connections);
const ACK_WAIT_SECONDS = 30;

/** Streams and consumers for the given adapters and hub domains. */
export function planTopology(configs: AdapterConfig[], domains: string[]): Topology {
  const namespaces = [...new Set(configs.map((c) => c.namespace))].sort();
  return {
    streams: [
      AUDIT,
      ...domains.map(hubPlan),
      ...namespaces.flatMap((ns) => [quarantinePlan(ns), lineagePlan(ns)]),
      ...configs.flatMap((c) => [
        ...(hasSource(c.spec) ? [rawPlan(c)] : []),
        ...(hasTarget(c.spec) ? [parkedPlan(c)] : []),
      ]),
    ],
    consumers: configs.flatMap((c) => [...(hasSource(c.spec) ? [normaliserPlan(c)] : []), ...deliveryPlans(c)]),
  };
}

/** There whatever resources there are: the first of them may be denied. */
export const AUDIT: StreamPlan = {
  name: names.AUDIT_STREAM,
  role: "audit",
  subjects: [names.AUDIT_SUBJECTS],
  maxBytes: GIB / 8,
  duplicateWindowSeconds: 7200,
  retentionSeconds: 365 * DAY,
};

const hubPlan = (domain: string): StreamPlan => ({
  name: names.hubStream(domain),
  role: "hub",
  subjects: [`hub.${domain}.>`],
  maxBytes: 4 * GIB,
  duplicateWindowSeconds: 7200,
  retentionSeconds: 3 * DAY,
});

const quarantinePlan = (namespace: string): StreamPlan => ({
  name: names.quarantineStream(namespace),
  role: "quarantine",
  subjects: [`quarantine.${namespace}.>`],
  maxBytes: GIB,
  duplicateWindowSeconds: 7200,
  retentionSeconds: Number.POSITIVE_INFINITY,
});

const lineagePlan = (namespace: string): StreamPlan => ({
  name: names.lineageStream(namespace),
  role: "lineage",
  subjects: [`lineage.${namespace}.>`],
  maxBytes: 2 * GIB,
  duplicateWindowSeconds: 120,
  retentionSeconds: 30 * DAY,
});

const rawPlan = (c: AdapterConfig): StreamPlan => ({
  name: names.rawStream(c),
  role: "raw",
  subjects: [names.rawSubject(c)],
  maxBytes: c.spec.raw.maxBytes,
  duplicateWindowSeconds: windowOf(c),
  retentionSeconds: Math.max(c.spec.raw.retentionSeconds, windowOf(c)),
});

/** Lifecycle events are found again at each start: they are known for longer than they are told late. */
const windowOf = ({ spec }: AdapterConfig): number =>
  spec.lifecycle ? (LATEST_DAYS + 1) * DAY : spec.dedupe.windowSeconds;

const parkedPlan = (c: AdapterConfig): StreamPlan => ({
  name: names.parkedStream(c),
  role: "parked",
  subjects: [`parked.${c.namespace}.${c.name}.>`],
  maxBytes: GIB,
  duplicateWindowSeconds: 7200,
  retentionSeconds: Number.POSITIVE_INFINITY,
  toldOn: names.STORED_PREFIX,
});

const normaliserPlan = (c: AdapterConfig): ConsumerPlan => ({
  stream: names.rawStream(c),
  name: names.NORMALISER,
  filterSubjects: [names.rawSubject(c)],
  maxAckPending: MAX_ACK_PENDING,
  ackWaitSeconds: ACK_WAIT_SECONDS,
});

function deliveryPlans(c: AdapterConfig): ConsumerPlan[] {
  return c.domains.map((domain) => ({
    stream: names.hubStream(domain),
    name: names.deliveryConsumer(c, 0),
    filterSubjects: [
      ...nonOverlapping(c.routes.filter((r) => r.domain === domain).flatMap((r) => filtersOf(r, c.namespace))),
      names.wakeSubject(domain, c, 0),
    ],
    maxAckPending: maxAckPending(connectionsOf(c)),
    ackWaitSeconds: ACK_WAIT_SECONDS,
    recordSubject: names.lineageSubject(c, names.deliveryWriter(domain, 0)),
  }));
}

const connectionsOf = ({ spec: { mllp, fhir, http } }: AdapterConfig): number =>
  (mllp?.target ?? fhir?.target ?? http?.target)?.connections ?? 1;

function filtersOf(route: RouteConfig, namespace: string): string[] {
  const base = { domain: route.domain, contract: route.contract, major: majorOf(route.range), namespace, bucket: "*" };
  return (route.adapters ?? ["*"]).flatMap((adapter) =>
    (route.events ?? ["*"]).map((event) => names.hubSubject({ ...base, adapter, event })),
  );
}
