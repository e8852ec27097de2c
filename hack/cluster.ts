/**
 * A Kubernetes cluster for developers, from nothing.
 *
 *   node hack/cluster.ts up [--kubeconfig FILE] | down | status [--kubeconfig FILE]
 *
 * up uses the cluster of --kubeconfig or KUBECONFIG where one is named; makes one with kind where that is; otherwise builds
 * Kubernetes' programs, once, and starts a control plane and a node on this machine, which needs root.
 */
import { parseArgs } from "node:util";
import { down, status, up } from "./cluster/commands.ts";
import { KUBECONFIG } from "./cluster/node/layout.ts";
import { SetupError } from "./setup/progress.js";
import { reportingProblems } from "./setup/report.ts";

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { kubeconfig: { type: "string" } },
    allowPositionals: true,
  });
  const named = values.kubeconfig ?? process.env["KUBECONFIG"];
  // What `up` printed may have been exported: that names no other cluster.
  const kubeconfig = named === KUBECONFIG ? undefined : named || undefined;
  const [command] = positionals;
  if (command === "up") return up(kubeconfig);
  if (command === "down") return down();
  if (command === "status") return status(kubeconfig);
  throw new SetupError("say what to do: up, down or status");
}

await reportingProblems(main);
