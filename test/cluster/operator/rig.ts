import { randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { kubeconfig } from "../../../hack/cluster/kubeconfig.ts";
import { type TestNats, type TestNatsOptions, startNats } from "../../builders/nats.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../../builders/process.ts";
import { type Api, type ApiOptions, startApi } from "../startapi.ts";

/** `fascia operator` as a process of its own. */
export interface OperatorProcess extends FasciaProcess {
  /** What it measures, in Prometheus' text format. */
  metrics(): Promise<string>;
  /** Whether it says that it does its work. */
  isReady(): Promise<boolean>;
  /** Whether it is the one that works. False while it does not answer. */
  isLeading(): Promise<boolean>;
}

/** A real API server with our CRDs and a real hub, beside which any number of operators run. */
export interface OperatorRig {
  api: Api;
  nats: TestNats;
  /** A directory of the test's own. */
  dir: string;
  env: Record<string, string>;
  /** Arguments of an operator with a configuration of its own; `more` is added to it, or stands in place of what it says. */
  args(more?: object): Promise<string[]>;
  /** Resolves when the process runs; whether it leads by then is another question. */
  startOperator(more?: object): Promise<OperatorProcess>;
  stop(): Promise<void>;
}

export async function startOperatorRig(
  options: TestNatsOptions = {},
  apiOptions: ApiOptions = {},
): Promise<OperatorRig> {
  const api = await startApi(apiOptions);
  const nats = await startNats(options);
  const dir = await mkdtemp(join(tmpdir(), "fascia-operator-"));
  const env = { KUBECONFIG: join(dir, "kubeconfig") };
  await writeFile(env.KUBECONFIG, kubeconfig(api.controlPlane, api.controlPlane.token("admin")));
  const args = async (more: object = {}): Promise<string[]> => {
    const config = {
      release: "fascia",
      leaderElection: { lease: "fascia" },
      keys: { secretName: "fascia-keys" },
      nats: { url: nats.url, monitoringUrl: nats.monitoring },
      adapters: { image: "fascia:test" },
      ...more,
    };
    const file = join(dir, `${randomUUID()}.yaml`);
    await writeFile(file, stringify(config));
    return ["operator", "--config", file, "--json"];
  };
  const started: OperatorProcess[] = [];
  return {
    api,
    nats,
    dir,
    env,
    args,
    startOperator: async (more = {}) => {
      const port = await freePort();
      const operator = spawnFascia(await args({ telemetry: { host: "127.0.0.1", port }, ...more }), env);
      const observed = { ...operator, ...observing(port) };
      started.push(observed);
      await operator.ready;
      return observed;
    },
    stop: async () => {
      await Promise.all(started.map((operator) => operator.kill()));
      await nats.stop();
      await api.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function observing(port: number): Pick<OperatorProcess, "metrics" | "isReady" | "isLeading"> {
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
  const metrics = async () => (await get("/metrics")).text();
  return {
    metrics,
    isReady: async () => (await get("/readyz")).status === 200,
    isLeading: async () => /^leader_election_master_status\{[^}]*\} 1$/m.test(await metrics().catch(() => "")),
  };
}
