import { KubeConfig } from "@kubernetes/client-node";
import type { ControlPlane } from "../../../hack/cluster/controlplane.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { Access } from "../../../src/operator/kube/access.ts";
import { KubeClient } from "../../../src/operator/kube/client.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import { Cache, type CacheOptions } from "../../../src/operator/manager/cache.ts";
import type { Change } from "../../../src/operator/manager/store.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

export interface ConfigMap extends KubeObject {
  data?: Record<string, string>;
}

export const CONFIG_MAPS: ResourceType = {
  group: "",
  version: "v1",
  kind: "ConfigMap",
  plural: "configmaps",
  scope: "Namespaced",
};

export const NAMESPACES: ResourceType = {
  group: "",
  version: "v1",
  kind: "Namespace",
  plural: "namespaces",
  scope: "Cluster",
};

export const configMap = (namespace: string, name: string, data: Record<string, string> = {}): ConfigMap => ({
  metadata: { namespace, name, labels: { test: "manager" } },
  data,
});

export interface Connection {
  access: Access;
  client: KubeClient;
}

/** The operator's client as one user, at once or through a plain-HTTP proxy at `through`. */
export function connect(
  controlPlane: ControlPlane,
  { through, user = "admin" }: { through?: string; user?: string } = {},
): Connection {
  const config = new KubeConfig();
  const caData = Buffer.from(controlPlane.ca).toString("base64");
  const cluster =
    through === undefined
      ? { name: "test", server: controlPlane.url, caData, skipTLSVerify: false }
      : { name: "test", server: through, skipTLSVerify: true };
  config.loadFromClusterAndUser(cluster, { name: user, token: controlPlane.token(user) });
  const access = new Access(config, systemClock);
  return { access, client: new KubeClient({ access, clock: systemClock, random: Math.random }) };
}

export interface Watched {
  cache: Cache<ConfigMap>;
  /** Every call of a handler, in order. */
  changes: Change<ConfigMap>[];
  /** `added a`, `updated a`, … of what changed. */
  told(): string[];
}

/** A cache of ConfigMaps that is impatient enough for a test, and what its handlers hear. */
export async function watched(client: KubeClient, options: Partial<CacheOptions<ConfigMap>> = {}): Promise<Watched> {
  const health = createHealth(systemClock);
  const deps = { client, clock: systemClock, random: Math.random, log: silentLog, health };
  const cache = new Cache<ConfigMap>({ type: CONFIG_MAPS, labelSelector: "test=manager", ...options }, deps);
  const changes: Change<ConfigMap>[] = [];
  cache.subscribe((change) => changes.push(change));
  await cache.start(new AbortController().signal);
  const nameOf = (change: Change<ConfigMap>) => (change.type === "deleted" ? change.old : change.object).metadata.name;
  return { cache, changes, told: () => changes.map((change) => `${change.type} ${nameOf(change)}`) };
}

/** A namespace of its own, made when the API server is ready for it. */
export async function newNamespace(client: KubeClient, name: string): Promise<string> {
  await client.apply(NAMESPACES, { metadata: { name } });
  return name;
}
