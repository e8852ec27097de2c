import { existsSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { readClusterWorld } from "../../operator/clusterworld.ts";
import { Access } from "../../operator/kube/access.ts";
import { KubeClient } from "../../operator/kube/client.ts";
import { loadKubeConfig } from "../../operator/kube/kubeconfig.ts";
import type { World } from "../../policy/rule.ts";

/** What the cluster holds that `against` (`<kubeconfig>` or `<kubeconfig>:<context>`) names. Nothing is written to it. */
export async function readCluster(against: string): Promise<World> {
  const { file, context } = parseAgainst(against);
  const access = new Access(loadKubeConfig(context, file), systemClock);
  try {
    return await readClusterWorld(new KubeClient({ access, clock: systemClock, random: Math.random }));
  } finally {
    await access.close();
  }
}

/** Contexts may hold colons, as those of EKS do; files seldom. */
export function parseAgainst(against: string): { file: string; context?: string } {
  const colon = against.indexOf(":");
  if (colon < 0 || existsSync(against)) return { file: against };
  return { file: against.slice(0, colon), context: against.slice(colon + 1) };
}
