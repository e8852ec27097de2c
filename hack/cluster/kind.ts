import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { runQuietly } from "../setup/progress.js";

export const KIND_CLUSTER = "fascia";

const run = promisify(execFile);
const NAMED = ["--name", KIND_CLUSTER];

/** Whether there is a kind, with a container engine that it can use. */
export async function hasKind(): Promise<boolean> {
  return (await clusters()) !== undefined;
}

export async function hasKindCluster(): Promise<boolean> {
  return (await clusters())?.includes(KIND_CLUSTER) ?? false;
}

export async function createKindCluster(kubeconfig: string): Promise<void> {
  const options = ["--kubeconfig", kubeconfig, "--wait", "120s"];
  await runQuietly("creating a kind cluster", "kind", ["create", "cluster", ...NAMED, ...options], {});
}

export async function deleteKindCluster(kubeconfig: string): Promise<void> {
  await runQuietly(
    "deleting the kind cluster",
    "kind",
    ["delete", "cluster", ...NAMED, "--kubeconfig", kubeconfig],
    {},
  );
}

async function clusters(): Promise<string[] | undefined> {
  try {
    return (await run("kind", ["get", "clusters"])).stdout.split("\n");
  } catch {
    // No kind, or no container engine: both mean that it is of no use.
    return undefined;
  }
}
