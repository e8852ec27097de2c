import { execFile } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { SetupError, elapsed, say } from "../setup/progress.js";
import { ensureTool, toolPath } from "../setup/tools.js";
import { ensurePackages } from "./debian.ts";
import { loadPause } from "./images.ts";
import * as kind from "./kind.ts";
import { CONTAINERD_SOCKET, KUBECONFIG, STATE } from "./node/layout.ts";
import { isAlive, recorded } from "./node/processes.ts";
import { startNode } from "./node/start.ts";
import { stopNode } from "./node/teardown.ts";

const PACKAGES = ["runc", "iptables", "conntrack", "containernetworking-plugins", "openssl", "iproute2", "buildah"];
const PROGRAMS = [
  "etcd",
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kube-proxy",
  "kubelet",
  "containerd",
  "containerd-shim-runc-v2",
  "ctr",
  "coredns",
];

/** Uses the cluster that a kubeconfig names, or makes one: with kind where that is, otherwise of our own. */
export async function up(kubeconfig: string | undefined): Promise<void> {
  const started = performance.now();
  await ensureTool("kubectl");
  await ensureTool("helm");
  if (kubeconfig !== undefined) return describe(kubeconfig, await nodesOf(kubeconfig));
  if (!(await isUp())) await create();
  say(`cluster ready in ${elapsed(started)}`);
  describe(KUBECONFIG, await nodesOf(KUBECONFIG));
}

async function create(): Promise<void> {
  if (await kind.hasKind()) {
    await mkdir(STATE, { recursive: true, mode: 0o700 });
    if (!(await kind.hasKindCluster())) await kind.createKindCluster(KUBECONFIG);
    return;
  }
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new SetupError(
      "a node of its own needs root on Linux: install kind and a container engine, or name a cluster with --kubeconfig",
    );
  }
  await ensurePackages("a Kubernetes node", PACKAGES);
  for (const program of PROGRAMS) await ensureTool(program);
  await stopNode();
  say("starting a control plane and a node");
  try {
    await startNode(loadPause);
  } catch (error) {
    await stopNode();
    throw error;
  }
}

/** Stops what `up` started. A cluster that a kubeconfig names is not ours to stop. */
export async function down(): Promise<void> {
  const wasKind = await kind.hasKindCluster();
  if (wasKind) {
    await kind.deleteKindCluster(KUBECONFIG);
    await rm(STATE, { recursive: true, force: true });
  }
  const wasThere = wasKind || (await stopNode());
  say(wasThere ? "the cluster is gone" : "there is no cluster");
}

/** Says what runs, and what does not; the exit code is 1 unless the cluster is ready. */
export async function status(kubeconfig: string | undefined): Promise<void> {
  for (const each of await recorded()) say(`${each.name} ${isAlive(each) ? `runs, pid ${each.pid}` : "has ended"}`);
  if (kubeconfig === undefined && !existsSync(KUBECONFIG)) {
    throw new SetupError("there is no cluster: run `npm run cluster -- up`");
  }
  await ensureTool("kubectl");
  const file = kubeconfig ?? KUBECONFIG;
  describe(file, await nodesOf(file));
}

async function isUp(): Promise<boolean> {
  if (existsSync(KUBECONFIG) && (await kind.hasKindCluster())) return true;
  const all = await recorded();
  return existsSync(CONTAINERD_SOCKET) && all.some(({ name }) => name === "kubelet") && all.every(isAlive);
}

/** The nodes' names; rejects when the cluster does not answer or none of its nodes is ready. */
async function nodesOf(kubeconfig: string): Promise<string[]> {
  const path = "{range .items[*]}{.metadata.name} {.status.conditions[?(@.type=='Ready')].status}{'\\n'}{end}";
  const args = ["--kubeconfig", kubeconfig, "get", "nodes", "--request-timeout=10s", `--output=jsonpath=${path}`];
  const { stdout } = await promisify(execFile)(toolPath("kubectl"), args).catch((error: Error) => {
    throw new SetupError(`the cluster of ${kubeconfig} does not answer: ${error.message}`);
  });
  const ready = stdout.split("\n").filter((line) => line.endsWith(" True"));
  if (ready.length === 0) throw new SetupError(`no node of the cluster of ${kubeconfig} is ready`);
  return ready.map((line) => line.split(" ")[0] ?? "");
}

function describe(kubeconfig: string, nodes: string[]): void {
  const count = nodes.length === 1 ? "one node is" : `${nodes.length} nodes are`;
  console.log(`
${count} ready: ${nodes.join(", ")}

  export KUBECONFIG=${kubeconfig}
  alias kubectl=${toolPath("kubectl")} helm=${toolPath("helm")}
  npm run image -- --load                # Fascia's image, and one of nats-server, onto the node
  npm run cluster -- down
`);
}
