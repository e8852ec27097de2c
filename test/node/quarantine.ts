import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { KUBECONFIG } from "../../hack/cluster/node/layout.ts";
import { toolPath } from "../../hack/setup/tools.js";
import { jsonLines, spawnFascia } from "../builders/process.ts";
import { SYSTEM } from "./release.ts";
import { kubectl } from "./tools.ts";

export interface Quarantined {
  /** `<namespace>/<adapter>`. */
  where: string;
  outcome: string;
}

/** What could not be delivered, asked as docs/install-kubernetes.md tells: through a forwarded port, with the operator's credentials. */
export async function quarantined(): Promise<Quarantined[]> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-quarantine-"));
  const forward = await forwardNats();
  try {
    const path = `{.data.nats\\.creds}`;
    const creds = await kubectl(
      "get",
      undefined,
      "secret",
      "fascia-nats-keys",
      `--namespace=${SYSTEM}`,
      `--output=jsonpath=${path}`,
    );
    const file = join(dir, "hub.creds");
    await writeFile(file, Buffer.from(creds, "base64"));
    const options = ["--json", "--nats", `nats://127.0.0.1:${forward.port}`, "--nats-creds", file];
    const { code, stdout, stderr } = await spawnFascia(["quarantine", "list", ...options]).ended;
    if (code !== 0) throw new Error(stderr);
    return jsonLines<Quarantined & Record<string, unknown>>(stdout);
  } finally {
    forward.process.kill();
    await rm(dir, { recursive: true });
  }
}

async function forwardNats(): Promise<{ port: number; process: ChildProcess }> {
  const args = ["--kubeconfig", KUBECONFIG, "port-forward", `--namespace=${SYSTEM}`, "service/fascia-nats", ":4222"];
  const process = spawn(toolPath("kubectl"), args, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = (await once(createInterface(process.stdout), "line")) as [string];
  return { port: Number(/:(\d+) ->/.exec(line)?.[1]), process };
}
