import { join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
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
  port?: number;
  host?: string;
  telemetry: string;
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("adapter")
    .summary("run one adapter as a process of its own")
    .description(
      "Runs one Adapter of a `fascia run` beside it, which is to leave it out (`fascia run --without NAME`). Several processes of one Adapter are replicas: all of them receive, one at a time delivers.",
    )
    .argument("<name>", "name of the Adapter")
    .option("--namespace <namespace>", "namespace of the Adapter", "default")
    .option("--data <dir>", "data directory of the `fascia run`: address of the hub, keys and secrets", ".fascia/data")
    .option("--nats <url>", "NATS server, if it is not the one that the data directory names")
    .option("--host <address>", "address to listen on (default: all of this machine)")
    .option(
      "--port <port>",
      "port to listen on instead of the one in the manifest: for a second replica on one host",
      parsePort,
    )
    .option(
      "--telemetry <address>",
      "HOST:PORT (or a port) where /metrics, /healthz and /readyz are served, or `off`",
      "off",
    )
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((name: string, options: AdapterOptions) => runAdapter(name, options));
}

function parsePort(text: string): number {
  const port = Number(text);
  if (text === "" || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError("It must be a port: a whole number up to 65535.");
  return port;
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
    ...(options.port !== undefined && { portOverride: options.port }),
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
