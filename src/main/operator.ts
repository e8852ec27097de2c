import { randomBytes, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Command } from "commander";
import { systemClock } from "../base/clock.ts";
import type { OperatorConfig } from "../operator/config.ts";
import { certificateSource } from "../operator/certificates/source.ts";
import { MARKER, checkGovernance } from "../operator/governance.ts";
import { installationKeys } from "../operator/keys.ts";
import { Access } from "../operator/kube/access.ts";
import { KubeClient } from "../operator/kube/client.ts";
import { loadKubeConfig } from "../operator/kube/kubeconfig.ts";
import { untilApiAnswers } from "../operator/kube/patience.ts";
import { runManager } from "../operator/manager/manager.ts";
import { type OperatorOptions, operatorParts } from "../operator/operator.ts";
import { newKeys, parseKeys } from "../standalone/keys.ts";
import { createHealth } from "../telemetry/health.ts";
import { type Log, createLog } from "../telemetry/log.ts";
import { createOperatorMetrics } from "../telemetry/operatormetrics.ts";
import { type TelemetryServer, type TelemetryServerOptions, serveTelemetry } from "../telemetry/server.ts";
import { ownNames, readOperatorConfig, workloadSettings } from "./operatorconfig.ts";
import { operatorHub, storeOf } from "./operatorhub.ts";
import { untilSignal } from "./process.ts";

interface CommandOptions {
  config: string;
  context?: string;
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("operator")
    .summary("run Adapters and Integrations of a Kubernetes cluster")
    .description(
      "Looks after the Adapters, Integrations and ContractVersions of the cluster that KUBECONFIG (or the pod's service account) names: programs the hub, makes a Deployment of each Adapter, and says in their status how it goes. Of several operators one works. The Helm chart starts it; its configuration is described in docs/kubernetes.md.",
    )
    .requiredOption("--config <file>", "configuration (YAML)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((options: CommandOptions) => runOperator(options));
}

async function runOperator(options: CommandOptions): Promise<void> {
  const log = createLog({ level: options.verbose === true ? "debug" : "info", pretty: options.json !== true });
  const metrics = createOperatorMetrics();
  const health = createHealth(systemClock);
  const deps = { clock: systemClock, random: Math.random, log, metrics, health };
  const config = await readOperatorConfig(options.config);
  const access = new Access(loadKubeConfig(options.context), systemClock);
  const client = new KubeClient({ access, ...deps });
  const served = await telemetryOf(config, { metrics, health });
  const ending = new AbortController();
  void untilSignal(log).then((signal) => {
    log.info("stopping", { signal });
    ending.abort();
  });
  try {
    health.hold("start", "waits for the API server");
    log.info("starting", { url: access.server });
    const prepare = () => operatorOptions(config, { ...deps, client }, access.namespace);
    const prepared = await untilApiAnswers(prepare, deps, ending.signal);
    if (prepared === undefined) return;
    const parts = operatorParts(prepared, { ...deps, client });
    health.forget("start");
    log.info("ready", { url: access.server });
    await runManager(parts, { clock: systemClock, log }, ending.signal);
  } finally {
    await served?.close();
    await access.close();
  }
}

async function telemetryOf(
  { telemetry }: OperatorConfig,
  parts: Pick<TelemetryServerOptions, "metrics" | "health">,
): Promise<TelemetryServer | undefined> {
  if (telemetry === undefined) return undefined;
  const { host, port } = telemetry;
  return serveTelemetry({ port, ...(host !== undefined && { host }), ...parts });
}

/** `namespace`: the operator's own, where its Lease and its Secrets are. Throws FasciaError `GovernedAlready`. */
async function operatorOptions(
  config: OperatorConfig,
  { client, log }: { client: KubeClient; log: Log },
  namespace = "default",
): Promise<OperatorOptions> {
  await checkGovernance(client, `${namespace}/${config.release}`);
  const secret = { namespace, name: config.keys.secretName };
  const keys = await installationKeys(client, secret, () => newKeys(randomBytes));
  parseKeys(keys, `Secret ${namespace}/${secret.name}`);
  return {
    lease: { namespace, name: config.leaderElection.lease },
    identity: `${hostname()}_${randomUUID().slice(0, 8)}`,
    ...(await operatorHub(config.nats, client, namespace)),
    lookAtStore: () => storeOf(config.nats),
    replicas: config.nats.streamReplicas,
    namespaces: config.watchNamespaces,
    keys,
    keepKeys: () => installationKeys(client, secret, () => keys),
    settings: { ...(await workloadSettings(config)), reserved: { namespace, names: ownNames(config) } },
    ...(config.webhook && { webhook: webhookOf(config, config.webhook, { client, log, namespace }) }),
  };
}

function webhookOf(
  { adapters }: OperatorConfig,
  { host, port, service, ...certificate }: NonNullable<OperatorConfig["webhook"]>,
  { client, log, namespace }: { client: KubeClient; log: Log; namespace: string },
): NonNullable<OperatorOptions["webhook"]> {
  const { secretName, certificateDirectory = "" } = certificate;
  const from = secretName === undefined ? { directory: certificateDirectory } : { secretName };
  const { clusterDomain } = adapters;
  const wanted = { from, namespace, service, clusterDomain, configuration: MARKER };
  return { host, port, source: certificateSource(wanted, { client, clock: systemClock, log }) };
}
