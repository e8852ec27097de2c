import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ControlPlane } from "../../hack/cluster/controlplane.ts";
import { startDaemon } from "../../hack/cluster/daemon.ts";
import { kubeconfig } from "../../hack/cluster/kubeconfig.ts";
import { toolPath } from "../../hack/setup/tools.js";
import { freePort } from "../builders/ports.ts";

/** Who the controllers are to the API server, which has roles for it: start the control plane with this identity. */
export const CONTROLLERS = "system:kube-controller-manager";

/** Runs some of kube-controller-manager's controllers, with the rights that each has in any cluster. Returns how to end them. */
export async function startControllers(
  controlPlane: ControlPlane,
  controllers: string[],
  flags: string[] = [],
): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), "fascia-controllers-"));
  const file = join(directory, "kubeconfig");
  await writeFile(file, kubeconfig(controlPlane, controlPlane.token(CONTROLLERS)), { mode: 0o600 });
  const name = "kube-controller-manager";
  const own = ["--bind-address=127.0.0.1", `--secure-port=${await freePort()}`, `--cert-dir=${directory}`];
  const daemon = await startDaemon(
    name,
    toolPath(name),
    [
      `--kubeconfig=${file}`,
      `--controllers=${controllers.join(",")}`,
      "--use-service-account-credentials",
      "--leader-elect=false",
      ...own,
      ...flags,
    ],
    directory,
  );
  return async () => {
    await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
}
