import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { type Command, Option } from "commander";
import { systemClock } from "../base/clock.ts";
import { Access } from "../operator/kube/access.ts";
import { KubeClient } from "../operator/kube/client.ts";
import { loadKubeConfig } from "../operator/kube/kubeconfig.ts";
import { runManager } from "../operator/manager/manager.ts";
import { operatorParts } from "../operator/operator.ts";
import type { AdapterFacts } from "../operator/status/adapter.ts";
import { type Durability, checkStore } from "../standalone/durability.ts";
import { readKeys } from "../standalone/keys.ts";
import { createHealth } from "../telemetry/health.ts";
import { createLog } from "../telemetry/log.ts";
import { createOperatorMetrics } from "../telemetry/operatormetrics.ts";
import { hubAddress, natsCredsOption, parseReplicas } from "./hubcommand.ts";
import { startTelemetry, untilSignal } from "./process.ts";

interface OperatorOptions {
  nats: string;
  natsCreds?: string;
  natsMonitoring?: string;
  podNats?: string;
  image: string;
  imagePullPolicy: "Always" | "IfNotPresent" | "Never";
  keys: string;
  replicas: number;
  namespace: string;
  context?: string;
  telemetry: string;
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("operator")
    .summary("run Adapters and Integrations of a Kubernetes cluster")
    .description(
      "Looks after the Adapters, Integrations and ContractVersions of the cluster that KUBECONFIG (or the pod's service account) names: programs the hub, makes a Deployment of each Adapter, and says in their status how it goes. Of several operators one works. Adapters' pods connect to NATS without credentials.",
    )
    .requiredOption("--nats <url>", "NATS server with JetStream, e.g. nats://host:4222")
    .addOption(natsCredsOption())
    .option(
      "--nats-monitoring <url>",
      "monitoring address of that server, to check that it syncs before it acknowledges",
    )
    .option("--pod-nats <url>", "the same server as pods reach it (default: as --nats says)")
    .requiredOption("--image <image>", "image that Adapters' pods run")
    .addOption(
      new Option("--image-pull-policy <policy>", "when nodes pull it")
        .choices(["Always", "IfNotPresent", "Never"])
        .default("IfNotPresent"),
    )
    .requiredOption(
      "--keys <file>",
      "the installation's keys (`keys.json` of a data directory), which pods get copies of",
    )
    .option("--replicas <n>", "copies of each stream, 1 to 5", parseReplicas, 1)
    .option("--namespace <namespace>", "where the Lease is by which one of several operators works", "default")
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option(
      "--telemetry <address>",
      "HOST:PORT (`*:PORT` for all addresses) for /metrics, /healthz and /readyz, or `off`",
      "off",
    )
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((options: OperatorOptions) => runOperator(options));
}

async function runOperator(options: OperatorOptions): Promise<void> {
  const log = createLog({ level: options.verbose === true ? "debug" : "info", pretty: options.json !== true });
  const metrics = createOperatorMetrics();
  const health = createHealth(systemClock);
  const deps = { clock: systemClock, random: Math.random, log, metrics, health };
  await readKeys(options.keys);
  const access = new Access(loadKubeConfig(options.context), systemClock);
  const hub = await hubAddress({ data: "", ...options });
  const store = await checkStore(options.natsMonitoring);
  const parts = operatorParts(
    {
      lease: { namespace: options.namespace, name: "fascia" },
      identity: `${hostname()}_${randomUUID().slice(0, 8)}`,
      hub,
      replicas: options.replicas,
      ...(store.storeBytes !== undefined && { storeBytes: store.storeBytes }),
      durable: durableOf(store.durability),
      keys: await readFile(options.keys, "utf8"),
      settings: {
        image: options.image,
        imagePullPolicy: options.imagePullPolicy,
        imagePullSecrets: [],
        nats: { url: options.podNats ?? hub.url, credentials: false },
        resources: { requests: { cpu: "50m", memory: "128Mi" }, limits: { memory: "256Mi" } },
        networkPolicy: true,
        clusterDomain: "cluster.local",
      },
    },
    { ...deps, client: new KubeClient({ access, ...deps }) },
  );
  const served = await startTelemetry(options.telemetry, { metrics, health });
  const ending = new AbortController();
  void untilSignal(log).then((signal) => {
    log.info("stopping", { signal });
    ending.abort();
  });
  log.info("ready", { url: access.server });
  try {
    await runManager(parts, { clock: systemClock, log }, ending.signal);
  } finally {
    await served?.close();
    await access.close();
  }
}

const durableOf = (found: Durability): AdapterFacts["durable"] =>
  found.durable === true ? found : { reason: found.reason, durable: found.durable === false ? false : undefined };
