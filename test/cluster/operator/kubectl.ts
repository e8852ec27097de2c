import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ControlPlane } from "../../../hack/cluster/controlplane.ts";
import { kubeconfig } from "../../../hack/cluster/kubeconfig.ts";
import { toolPath } from "../../../hack/setup/tools.js";

/** Whether it is built on this machine. */
export const hasKubectl = existsSync(toolPath("kubectl"));

/** Runs kubectl as administrator. Resolves to what it printed. */
export async function kubectl(controlPlane: ControlPlane, ...args: string[]): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-kubectl-"));
  try {
    const file = join(dir, "kubeconfig");
    await writeFile(file, kubeconfig(controlPlane, controlPlane.token("admin")), { mode: 0o600 });
    const { stdout } = await promisify(execFile)(toolPath("kubectl"), ["--kubeconfig", file, ...args]);
    return stdout;
  } finally {
    await rm(dir, { recursive: true });
  }
}
