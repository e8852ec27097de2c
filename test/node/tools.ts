import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { KUBECONFIG } from "../../hack/cluster/node/layout.ts";
import { toolPath } from "../../hack/setup/tools.js";

/** Runs a command of hack/ as a developer does. */
export const hack = (name: string, ...args: string[]): Promise<unknown> =>
  promisify(execFile)(process.execPath, [fileURLToPath(new URL(`../../hack/${name}.ts`, import.meta.url)), ...args]);

/** The developer's cluster, with the images of this checkout on its node. */
export async function clusterWithImages(): Promise<void> {
  await hack("cluster", "up");
  await hack("image", "--load");
}

/** Runs kubectl in the developer's cluster; `manifest` goes to its standard input, as JSON. Returns what it printed. */
export function kubectl(command: string, manifest?: unknown, ...args: string[]): Promise<string> {
  const input = manifest === undefined ? [] : ["--filename=-"];
  return runTool("kubectl", [command, ...args, ...input], manifest === undefined ? "" : JSON.stringify(manifest));
}

export const helm = (...args: string[]): Promise<string> => runTool("helm", args, "");

const MAX_OUTPUT = 64 * 1024 * 1024;

function runTool(name: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const all = ["--kubeconfig", KUBECONFIG, ...args];
    const child = execFile(toolPath(name), all, { maxBuffer: MAX_OUTPUT }, (error, stdout, stderr) =>
      error === null
        ? resolve(stdout)
        : reject(new Error(`${name} ${args.join(" ")}: ${stderr}${stdout.slice(0, 2000)}`, { cause: error })),
    );
    // Who needs no input may have ended by now.
    child.stdin?.on("error", () => {}).end(input);
  });
}
