import { type Clock, systemClock } from "../../../src/base/clock.ts";
import { WorldReader } from "../../../src/operator/admission/world.ts";
import {
  ADAPTERS,
  ADAPTER_CLASSES,
  CONTRACT_VERSIONS,
  DATA_DOMAINS,
  INTEGRATIONS,
  POLICY_EXCEPTIONS,
} from "../../../src/operator/kinds.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import { Cache } from "../../../src/operator/manager/cache.ts";
import { Programmer, type ProgrammerOptions } from "../../../src/operator/program/programmer.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import type { Connection } from "../manager/rig.ts";

/** Runs what programs the hub, alone, and tells `state`. Returns how to stop it. */
export async function startProgrammer(
  { client }: Connection,
  natsUrl: string,
  state: ProgrammerOptions["state"],
  clock: Clock = systemClock,
): Promise<() => Promise<void>> {
  const shared = { random: Math.random, log: silentLog, metrics: createOperatorMetrics(), client };
  const deps = { ...shared, clock: systemClock, health: createHealth(systemClock) };
  const cacheOf = (type: ResourceType) => new Cache<KubeObject>({ type }, deps);
  const caches = {
    dataDomains: cacheOf(DATA_DOMAINS),
    adapterClasses: cacheOf(ADAPTER_CLASSES),
    contractVersions: cacheOf(CONTRACT_VERSIONS),
    adapters: cacheOf(ADAPTERS),
    integrations: cacheOf(INTEGRATIONS),
    policyExceptions: cacheOf(POLICY_EXCEPTIONS),
  };
  const all = Object.values(caches);
  await Promise.all(all.map((cache) => cache.start(new AbortController().signal)));
  const lookAtStore: ProgrammerOptions["lookAtStore"] = () =>
    Promise.resolve({ storeBytes: 1024 ** 3, durable: { durable: true } });
  const programmer = new Programmer(
    {
      caches,
      reader: new WorldReader(),
      hub: { url: natsUrl },
      replicas: 1,
      lookAtStore,
      state,
      audit: { record: () => {} },
    },
    { ...deps, clock },
  );
  await programmer.start();
  return async () => {
    await programmer.stop();
    await Promise.all(all.map((cache) => cache.stop()));
  };
}
