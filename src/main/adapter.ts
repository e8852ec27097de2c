import { join } from "node:path";
import type { Command } from "commander";
import { systemClock } from "../base/clock.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import { ConfigStore } from "../jetstream/config.ts";
import { type Hub, closeHub, connectHub } from "../jetstream/hub.ts";
import { untilHubAnswers } from "../jetstream/patience.ts";
import { loadKeys } from "../standalone/keys.ts";
import type { Log } from "../telemetry/log.ts";
import { hubAddress } from "./hubcommand.ts";
import {
  type ProcessParts,
  RunningAdapter,
  createTelemetry,
  startTelemetry,
  untilSignal,
  withTracing,
} from "./process.ts";

interface AdapterOptions {
  namespace: string;
  data: string;
  nats?: string;
  port?: string;
  host?: string;
  telemetry: string;
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("adapter <name>")
    .summary("run one adapter as a process of its own")
    .description(
      "Runs one Adapter of a `fascia run` beside it. Several processes of one adapter are replicas: all of them receive, one at a time delivers.",
    )
    .option("--namespace <namespace>", "namespace of the Adapter", "default")
    .option("--data <dir>", "data directory of the `fascia run`: address of the hub, keys and secrets", ".fascia/data")
    .option("--nats <url>", "NATS server, if it is not the one that the data directory names")
    .option("--host <address>", "listen on this address only")
    .option("--port <port>", "listen on this port instead of the one in the spec: for a second replica on one host")
    .option("--telemetry <address>", "where /metrics, /healthz and /readyz are served; `off` for nowhere", "off")
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((name: string, options: AdapterOptions) => runAdapter(name, options));
}

async function runAdapter(name: string, options: AdapterOptions): Promise<void> {
  const telemetry = createTelemetry(options.json !== true, options.verbose === true ? "debug" : "info");
  await withTracing(telemetry.log, async () => {
    const parts = {
      ...telemetry,
      hub: await hubAddress(options),
      keys: await loadKeys(options.data),
      secretsDir: join(options.data, "secrets"),
    };
    const { log } = parts;
    const served = await startTelemetry(options.telemetry, parts);
    const ended = untilSignal(log);
    const started = startAdapter({ namespace: options.namespace, name }, parts, options);
    const running = await Promise.race([started, ended.then(() => undefined)]);
    if (!running) {
      // Nothing is under way: what is waited for need not come any more.
      log.info("stopping", { signal: await ended });
      process.exit(0);
    }
    log.info("ready", { adapter: `${options.namespace}/${name}`, address: running.adapter.runtime.address });
    log.info("stopping", { signal: await ended });
    await running.adapter.stop();
    await served?.close();
    await closeHub(running.hub);
  });
}

/** Waits for the hub and for the configuration, for as long as it takes. */
async function startAdapter(
  adapter: AdapterName,
  parts: ProcessParts,
  options: AdapterOptions,
): Promise<{ adapter: RunningAdapter; hub: Hub }> {
  const patiently = <T>(action: () => Promise<T>) => untilHubAnswers(action, systemClock, Math.random, parts.log);
  const hub = await patiently(() => connectHub(parts.hub, `fascia_config_${adapter.namespace}_${adapter.name}`));
  const configs = await patiently(() => ConfigStore.open(hub));
  sayIfUnknown(adapter, await patiently(() => configs.list()), parts.log);
  const listen = {
    ...(options.port !== undefined && { portOverride: Number(options.port) }),
    ...(options.host !== undefined && { host: options.host }),
  };
  return { adapter: await patiently(() => RunningAdapter.start(adapter, parts, configs, listen)), hub };
}

/** It may be declared yet; a name that was mistyped never is. */
function sayIfUnknown(adapter: AdapterName, known: AdapterName[], log: Log): void {
  const names = known.map(adapterRef);
  if (names.includes(adapterRef(adapter))) return;
  const there = names.length === 0 ? "there is none yet" : `there are ${names.toSorted().join(", ")}`;
  log.warn("no such adapter yet", { adapter: adapterRef(adapter), reason: there });
}
