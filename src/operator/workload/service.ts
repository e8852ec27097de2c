import { selectorLabels } from "./names.ts";
import { type ServedAdapter, type WorkloadObject, owned } from "./object.ts";
import { listening } from "./spec.ts";

/** Undefined for an adapter that does not listen. */
export function serviceOf(adapter: ServedAdapter): WorkloadObject | undefined {
  const source = listening(adapter.spec);
  if (source === undefined) return undefined;
  const { type = "ClusterIP", annotations, nodePort, externalTrafficPolicy, allowedCIDRs } = adapter.spec.service ?? {};
  const { name, port } = source;
  return owned(adapter, "Service", {
    annotations,
    spec: {
      type,
      selector: selectorLabels(adapter.metadata.name),
      ports: [{ name, port, targetPort: port, protocol: "TCP", ...(nodePort !== undefined && { nodePort }) }],
      ...(externalTrafficPolicy !== undefined && { externalTrafficPolicy }),
      ...(type === "LoadBalancer" && allowedCIDRs !== undefined && { loadBalancerSourceRanges: allowedCIDRs }),
    },
  });
}
