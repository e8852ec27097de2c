import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { toolPath } from "../../setup/tools.js";
import { CONTAINERD_SOCKET } from "./layout.ts";

/** Runs containerd's client in Kubernetes' namespace; returns what it printed. */
export async function ctr(...args: string[]): Promise<string> {
  const where = ["--address", CONTAINERD_SOCKET, "--namespace", "k8s.io"];
  return (await promisify(execFile)(toolPath("ctr"), [...where, ...args])).stdout;
}
