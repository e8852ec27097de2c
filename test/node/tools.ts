import { execFile } from "node:child_process";
import { KUBECONFIG } from "../../hack/cluster/node/layout.ts";
import { toolPath } from "../../hack/setup/tools.js";

/** Runs kubectl in the developer's cluster; `manifest` goes to its standard input, as JSON. Returns what it printed. */
export function kubectl(command: string, manifest?: unknown, ...args: string[]): Promise<string> {
  const input = manifest === undefined ? [] : ["--filename=-"];
  return runTool("kubectl", [command, ...args, ...input], manifest === undefined ? "" : JSON.stringify(manifest));
}

export const helm = (...args: string[]): Promise<string> => runTool("helm", args, "");

function runTool(name: string, args: string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(toolPath(name), ["--kubeconfig", KUBECONFIG, ...args], (error, stdout, stderr) =>
      error === null
        ? resolve(stdout)
        : reject(new Error(`${name} ${args.join(" ")}: ${stderr}${stdout}`, { cause: error })),
    );
    child.stdin?.end(input);
  });
}
