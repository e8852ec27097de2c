import { canonicalJson } from "../../base/hash.ts";
import { DNS_EGRESS, egressTo } from "./egress.ts";
import { selectorLabels } from "./names.ts";
import { type ServedAdapter, type WorkloadObject, owned } from "./object.ts";
import { TELEMETRY_PORT } from "./pod.ts";
import type { WorkloadSettings } from "./settings.ts";
import { destination, hostOf, listening } from "./spec.ts";

/** Who may reach the pods, and whom they may: nothing beyond what the Adapter and the settings name. */
export function networkPolicyOf(adapter: ServedAdapter, settings: WorkloadSettings): WorkloadObject | undefined {
  if (!settings.networkPolicy) return undefined;
  const ingress = ingressOf(adapter, settings);
  return owned(adapter, "NetworkPolicy", {
    spec: {
      podSelector: { matchLabels: selectorLabels(adapter.metadata.name) },
      policyTypes: ["Ingress", "Egress"],
      // An empty list means the same as none, and would be a change at every apply.
      ...(ingress.length > 0 && { ingress }),
      egress: egressOf(adapter, settings),
    },
  });
}

function ingressOf({ spec }: ServedAdapter, { monitoringNamespace }: WorkloadSettings): object[] {
  const source = listening(spec);
  const allowed = spec.service?.allowedCIDRs;
  const from = allowed && { from: allowed.map((cidr) => ({ ipBlock: { cidr } })) };
  return [
    ...(source ? [{ ...from, ports: [{ protocol: "TCP", port: source.port }] }] : []),
    ...(monitoringNamespace === undefined ? [] : [telemetryFrom(monitoringNamespace)]),
  ];
}

const telemetryFrom = (namespace: string): object => ({
  from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }],
  ports: [{ protocol: "TCP", port: TELEMETRY_PORT }],
});

function egressOf({ metadata, spec }: ServedAdapter, settings: WorkloadSettings): object[] {
  const { nats, tracingEndpoint, proxy, clusterDomain } = settings;
  const target = destination(spec);
  const wanted = [
    ...nats.url.split(",").map((url) => hostOf(url.trim())),
    ...(target ? [target] : []),
    ...[tracingEndpoint, proxy?.http, proxy?.https].flatMap((url) => (url === undefined ? [] : [hostOf(url)])),
  ];
  const rules = wanted.flatMap((each) => egressTo(each, metadata.namespace, clusterDomain));
  return [DNS_EGRESS, ...new Map(rules.map((rule) => [canonicalJson(rule), rule])).values()];
}
