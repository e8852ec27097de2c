/**
 * Runs the tests that need a Kubernetes node, on the developer's cluster (`npm run cluster`):
 *
 *   node hack/node.ts --project node|machine [FILE…]
 *
 * ends with the line `N passed, N failed`, as hack/test.ts does. Where this machine can run no node it says why, and
 * nothing is tested.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { lacking } from "./cluster/preflight.ts";

const reason = lacking();
if (reason === undefined) {
  const args = [fileURLToPath(new URL("test.ts", import.meta.url)), ...process.argv.slice(2)];
  const env = { ...process.env, FASCIA_TEST_NODE: "1" };
  const [code] = (await once(spawn(process.execPath, args, { stdio: "inherit", env }), "exit")) as [number | null];
  process.exitCode = code ?? 1;
} else {
  console.log(`SKIPPED, nothing was tested: ${reason}`);
  console.log("0 passed, 0 failed");
}
