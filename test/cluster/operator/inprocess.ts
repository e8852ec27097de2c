import { randomUUID } from "node:crypto";
import { type Clock, systemClock } from "../../../src/base/clock.ts";
import type { KubeClient } from "../../../src/operator/kube/client.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { runManager } from "../../../src/operator/manager/manager.ts";
import { operatorParts } from "../../../src/operator/operator.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { type OperatorMetrics, createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { settings } from "../../builders/workloads.ts";
import { typeOf } from "../served.ts";

interface OperatorDeps {
  clock: Clock;
  metrics: OperatorMetrics;
}

/** Runs the whole operator beside an API server and a hub. Returns how to stop it. */
export function startOperator(
  client: KubeClient,
  natsUrl: string,
  { clock = systemClock, metrics = createOperatorMetrics({ process: false }) }: Partial<OperatorDeps> = {},
): () => Promise<void> {
  const log = silentLog;
  const deps = { clock, random: Math.random, log, metrics };
  const parts = operatorParts(
    {
      lease: { namespace: "default", name: "fascia" },
      identity: randomUUID(),
      hub: { url: natsUrl },
      replicas: 1,
      lookAtStore: () => Promise.resolve({ storeBytes: 1024 ** 3, durable: { durable: true } }),
      settings,
      keys: "{}\n",
    },
    { ...deps, client, health: createHealth(clock) },
  );
  const ending = new AbortController();
  const running = runManager(parts, { clock, log }, ending.signal);
  return async () => {
    ending.abort();
    await running;
  };
}

/** `True Running`, say, of a condition of the present generation. */
export async function conditionOf(client: KubeClient, resource: KubeObject, type: string): Promise<string> {
  const { metadata, status } = await client.get<ServedObject>(typeOf(resource), resource.metadata);
  const found = status?.conditions?.find((condition) => condition.type === type);
  return found?.observedGeneration === metadata.generation ? `${found?.status} ${found?.reason}` : "not said yet";
}
