import { existsSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { FasciaError } from "../../base/errors.ts";
import { readClusterWorld } from "../../operator/clusterworld.ts";
import { Access } from "../../operator/kube/access.ts";
import { KubeClient } from "../../operator/kube/client.ts";
import { loadKubeConfig } from "../../operator/kube/kubeconfig.ts";
import type { World } from "../../policy/rule.ts";

/** A pipeline fails sooner than anybody wonders whether it hangs; the largest clusters are read in a few seconds. */
const DEADLINE_MS = 30_000;

/**
 * What the cluster holds that `against` (`<kubeconfig>` or `<kubeconfig>:<context>`) names. Nothing is written to it. Rejects
 * with a FasciaError, after `deadlineMs` at the latest.
 */
export async function readCluster(against: string, deadlineMs = DEADLINE_MS): Promise<World> {
  const { file, context } = parseAgainst(against);
  let access: Access | undefined;
  try {
    access = new Access(loadKubeConfig(context, file), systemClock);
    const client = new KubeClient({ access, clock: systemClock, random: Math.random });
    return await readClusterWorld(client, AbortSignal.timeout(deadlineMs));
  } catch (error) {
    throw explained(error, access?.server ?? file);
  } finally {
    await access?.close();
  }
}

/** By code: what whoever names a cluster can do about it. */
const WAYS_OUT: Record<string, string> = {
  KubeConfigInvalid: "name a kubeconfig that is there, and behind a colon one of its contexts",
  KubeUnavailable: "look whether the cluster is up and this machine reaches it, or name another context behind a colon",
  KubeForbidden: "name an identity that is known there and may `list` the kinds of fascia.dev",
  KubeNotFound: "install Fascia's CustomResourceDefinitions there, or name another cluster",
};

function explained(error: unknown, where: string): unknown {
  const way = error instanceof FasciaError ? WAYS_OUT[error.code] : undefined;
  if (way === undefined) return error;
  const { code, message } = error as FasciaError;
  return new FasciaError(code, `--against ${where}: ${message}: ${way}`, { cause: error });
}

/** Contexts may hold colons, as those of EKS do; files seldom. */
export function parseAgainst(against: string): { file: string; context?: string } {
  const colon = against.indexOf(":");
  if (colon < 0 || existsSync(against)) return { file: against };
  return { file: against.slice(0, colon), context: against.slice(colon + 1) };
}
