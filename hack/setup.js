/**
 * Brings everything that a checkout needs to run: npm packages (with the Node that Fascia is written for), nats-server
 * and, with --with-cluster, etcd, kube-apiserver, kube-controller-manager, helm, kubeconform with what it
 * needs of other operators, and kstatus. Runs on Node 20 or later with nothing installed; does nothing when all is there.
 *
 *   node hack/setup.js [--with-cluster] [--then SCRIPT [ARGUMENT…]]
 *
 * --then runs SCRIPT afterwards in the packaged Node and ends as it does.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ensureCrds } from "./setup/crds.js";
import { installDependencies } from "./setup/dependencies.js";
import { environment, findNode } from "./setup/node.js";
import { SetupError } from "./setup/progress.js";
import { ensureTool } from "./setup/tools.js";

const root = fileURLToPath(new URL("..", import.meta.url));

async function main(/** @type {string[]} */ args) {
  const then = args.indexOf("--then");
  const options = then < 0 ? args : args.slice(0, then);
  const unknown = options.find((option) => option !== "--with-cluster");
  if (unknown !== undefined)
    throw new SetupError(`unknown option ${unknown}; there are --with-cluster and --then SCRIPT`);

  await installDependencies(root);
  const node = findNode(root);
  await ensureTool("nats-server");
  if (options.includes("--with-cluster")) {
    await ensureTool("etcd");
    await ensureTool("kube-apiserver");
    await ensureTool("kube-controller-manager");
    await ensureTool("helm");
    await ensureTool("kubeconform");
    await ensureCrds();
    await ensureTool("kstatus");
  }
  if (then >= 0) await run(node, args.slice(then + 1));
}

/** Runs a script in `node` with the same streams, passes signals on and ends as the script does. */
async function run(/** @type {string} */ node, /** @type {string[]} */ command) {
  const child = spawn(node, command, { stdio: "inherit", env: environment(root) });
  for (const signal of /** @type {const} */ (["SIGTERM", "SIGHUP"])) process.on(signal, () => child.kill(signal));
  // Ctrl-C goes to the whole group: the script gets it by itself, and this process waits for how it ends.
  process.on("SIGINT", () => {});
  process.exitCode = await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code) => resolve(code ?? 1));
  });
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error instanceof SetupError ? `set-up: ${error.message}` : error);
  process.exitCode = 1;
});
