import { z } from "zod";

/** Who is to be reached: a host name or address, and a TCP port. */
export interface Destination {
  host: string;
  port: number;
}

const v4 = z.ipv4();
const v6 = z.ipv6();
const namespaceOf = (name: string) => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
});

/**
 * Egress rules of a NetworkPolicy by which a pod of `namespace` reaches `destination`. Policies know addresses and pods,
 * not names: a Service of the cluster is its namespace, at any port (its pods may listen on others than it does); any
 * other name is its port, anywhere. A short name may be either.
 */
export function egressTo({ host, port }: Destination, namespace: string, clusterDomain: string): object[] {
  const ports = [{ protocol: "TCP", port }];
  if (v4.safeParse(host).success) return [{ to: [{ ipBlock: { cidr: `${host}/32` } }], ports }];
  if (v6.safeParse(host).success) return [{ to: [{ ipBlock: { cidr: `${host}/128` } }], ports }];
  const labels = withoutDomain(host, clusterDomain).split(".");
  if (labels.length >= 3 && labels.at(-1) === "svc") return [{ to: [namespaceOf(labels.at(-2) as string)] }];
  const anywhere = { ports };
  if (labels.length > 2) return [anywhere];
  return [{ to: [namespaceOf(labels[1] ?? namespace)] }, anywhere];
}

function withoutDomain(host: string, clusterDomain: string): string {
  const name = host.toLowerCase().replace(/\.$/, "");
  const suffix = `.svc.${clusterDomain}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length + ".svc".length) : name;
}

/** DNS at any resolver: of the cluster, of the node, and where its pods listen on a port above 1024. */
export const DNS_EGRESS = {
  ports: [53, 5353].flatMap((port) => ["UDP", "TCP"].map((protocol) => ({ protocol, port }))),
};
