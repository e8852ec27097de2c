import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { say } from "../../setup/progress.js";
import { toolPath } from "../../setup/tools.js";
import { ctr } from "./ctr.ts";
import { CONTAINERD_SOCKET, KUBECONFIG, RUNC_ROOT, STATE } from "./layout.ts";
import { removeFixedPlaces, unmountAll } from "./leftovers.ts";
import { end, findProcesses, isAlive, recorded } from "./processes.ts";
import * as system from "./system.ts";

const run = promisify(execFile);
const DELETE_MS = 10_000;
const LOOK_MS = 200;

/** The order matters: nothing may start pods again, and what holds mounts and addresses goes before what made them. */
const CONTROLLERS = ["kube-scheduler", "kube-controller-manager"];
const NODE = ["kubelet", "kube-proxy", "coredns"];
const SERVERS = ["containerd", "kube-apiserver", "etcd"];

/** Stops what `up` started and takes away what that left on the machine, whatever state it is in. Returns whether there was anything. */
export async function stopNode(): Promise<boolean> {
  if (!existsSync(STATE)) return false;
  await stop(CONTROLLERS);
  await deletePods();
  await stop(NODE);
  await endContainers();
  await stop(SERVERS);
  // Each step by itself takes away what nothing else would; none of them depends on another one.
  await run(toolPath("kube-proxy"), ["--cleanup"]);
  await system.removeFirewallRules();
  await system.removeHostAddress();
  await system.restoreSysctls();
  await unmountAll();
  await rm(STATE, { recursive: true, force: true });
  await removeFixedPlaces();
  return true;
}

async function stop(names: string[]): Promise<void> {
  for (const name of names) {
    for (const each of (await recorded()).filter((one) => one.name === name)) await end(each);
  }
}

/** Pods that are deleted while kubelet runs leave no network behind. Without an API server or a kubelet, the rest of `down` has to do. */
async function deletePods(): Promise<void> {
  const alive = new Set((await recorded()).filter(isAlive).map(({ name }) => name));
  if (!["kube-apiserver", "kubelet", "containerd"].every((name) => alive.has(name))) return;
  const all = ["delete", "pods", "--all", "--all-namespaces", "--grace-period=1", "--timeout=30s"];
  const where = ["--kubeconfig", KUBECONFIG, "--cache-dir", path.join(STATE, "kubectl")];
  await run(toolPath("kubectl"), [...where, ...all]).catch((error: Error) =>
    say(`some pods do not end and are killed: ${error.message}`),
  );
}

/** Containers that are left, also without containerd, then their shims, which are no children of it. */
async function endContainers(): Promise<void> {
  if ((await recorded()).some((each) => each.name === "containerd" && isAlive(each))) {
    for (const id of lines(await ctr("tasks", "list", "--quiet"))) await ctr("tasks", "delete", "--force", id);
    for (const id of lines(await ctr("containers", "list", "--quiet"))) await ctr("containers", "delete", id);
  }
  await deleteOrphans();
  const program = toolPath("containerd-shim-runc-v2");
  const ours = (file: string, args: string[]) => file === program && args.includes(CONTAINERD_SOCKET);
  for (const shim of findProcesses("shim", ours)) await end(shim);
}

/** Containers that nobody watches over any more. What was just killed holds its cgroups for a moment. */
async function deleteOrphans(): Promise<void> {
  if (!existsSync(RUNC_ROOT)) return;
  const runc = (...args: string[]) => run("runc", ["--root", RUNC_ROOT, ...args]);
  const ids = lines((await runc("list", "--quiet")).stdout);
  // A container whose program has ended by itself cannot be killed, only deleted.
  for (const id of ids) await runc("kill", id, "KILL").catch(() => undefined);
  for (const id of ids) await untilDone(() => runc("delete", "--force", id));
}

async function untilDone(action: () => Promise<unknown>): Promise<void> {
  const until = performance.now() + DELETE_MS;
  for (;;) {
    try {
      await action();
      return;
    } catch (error) {
      if (performance.now() > until) throw error;
    }
    await sleep(LOOK_MS);
  }
}

const lines = (text: string) => text.split("\n").filter((line) => line !== "");
