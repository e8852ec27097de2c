import { systemClock } from "../../../src/base/clock.ts";
import { ADAPTERS, CONTRACT_VERSIONS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import { Cache } from "../../../src/operator/manager/cache.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";

/** Watches all resources of ours. */
export interface Readiness {
  /** Resources that are Ready in their present generation. */
  ready(): number;
  total(): number;
  stop(): Promise<void>;
}

export async function watchReadiness(client: KubeClient): Promise<Readiness> {
  const deps = { client, clock: systemClock, random: Math.random, log: silentLog, health: createHealth(systemClock) };
  const caches = [CONTRACT_VERSIONS, ADAPTERS, INTEGRATIONS].map((type) => new Cache<ServedObject>({ type }, deps));
  for (const cache of caches) await cache.start(new AbortController().signal);
  const all = () => caches.flatMap((cache) => cache.list());
  return {
    ready: () => all().filter(isReady).length,
    total: () => all().length,
    stop: async () => void (await Promise.all(caches.map((cache) => cache.stop()))),
  };
}

function isReady({ metadata, status }: ServedObject): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "True" && ready.observedGeneration === metadata.generation;
}
