import { systemClock } from "../../../src/base/clock.ts";
import type { KubeClient as BareClient } from "../../../hack/cluster/client.ts";
import { type KubeObject, objectPath } from "../../../src/operator/kube/resource.ts";
import { Cache } from "../../../src/operator/manager/cache.ts";
import { Controller } from "../../../src/operator/manager/controller.ts";
import { own } from "../../../src/operator/manager/watches.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { createHealth } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import type { Api } from "../startapi.ts";

interface Counts {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
}

export interface ServedDeployment extends KubeObject {
  spec: { replicas?: number };
  status?: Counts;
}

/**
 * Stands in for the Deployment controller and the kubelets: says of each Deployment, `afterMs` after it came or changed,
 * that all of its pods run. Returns how to end that.
 */
export async function runPods({ client, controlPlane }: Api, afterMs = 0): Promise<() => Promise<void>> {
  const clock = systemClock;
  const admin = controlPlane.client("admin");
  const deps = { client, clock, random: Math.random, log: silentLog, health: createHealth(clock) };
  const cache = new Cache<ServedDeployment>({ type: WORKLOAD_TYPES.Deployment }, deps);
  const reconcile = async (key: string, signal: AbortSignal): Promise<object> => {
    await clock.sleep(afterMs, signal);
    const deployment = cache.get(key);
    if (deployment && !allRun(deployment)) await sayAllRun(admin, deployment);
    return {};
  };
  const metrics = createOperatorMetrics({ process: false });
  const controller = new Controller({ name: "pods", watches: [own(cache)], reconcile }, { ...deps, metrics });
  await cache.start(new AbortController().signal);
  await controller.start();
  return async () => {
    await controller.stop();
    await cache.stop();
  };
}

export function allRun(deployment: ServedDeployment): boolean {
  const status: Counts = deployment.status ?? {};
  return Object.entries(countsOf(deployment)).every(([field, value]) => (status[field as keyof Counts] ?? 0) === value);
}

/** By an update, as the Deployment controller does: an apply of ours would be taken for one of the operator's. */
async function sayAllRun(admin: BareClient, deployment: ServedDeployment): Promise<void> {
  const path = `${objectPath(WORKLOAD_TYPES.Deployment, deployment.metadata, "status")}?fieldManager=kube-controller-manager`;
  const body = { status: countsOf(deployment) };
  const { status } = await admin.request("PATCH", path, { contentType: "application/merge-patch+json", body });
  // One that is gone by now says nothing any more.
  if (status !== 200 && status !== 404) throw new Error(`the status of a Deployment was answered with ${status}`);
}

/** What a Deployment says when its pods run on its present spec. */
function countsOf({ metadata, spec }: ServedDeployment): Counts {
  const replicas = spec.replicas ?? 1;
  return {
    ...(metadata.generation !== undefined && { observedGeneration: metadata.generation }),
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
  };
}
