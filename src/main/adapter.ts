import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { backoff } from "../base/backoff.ts";
import { systemClock } from "../base/clock.ts";
import { safeReason } from "../base/errors.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import { untilHubAnswers } from "../jetstream/patience.ts";
import { loadKeys, readKeys } from "../standalone/keys.ts";
import { hubAddress, natsApiPrefixOption, natsCredsOption } from "./hubcommand.ts";
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
  keys?: string;
  secrets?: string;
  nats?: string;
  natsCreds?: string;
  natsApiPrefix?: string;
  port?: number;
  host?: string;
  telemetry: string;
  drainTimeout: number;
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("adapter")
    .summary("run one adapter as a process of its own")
    .description(
      "Runs one Adapter of a `fascia run` beside it, which is to leave it out (`fascia run --without NAME`). Several processes of one Adapter are replicas: all of them receive, one at a time delivers. In a pod --nats, --keys and --secrets stand for the data directory.",
    )
    .argument("<name>", "name of the Adapter")
    .addOption(
      new Option("--namespace <namespace>", "namespace of the Adapter").default("default").env("FASCIA_NAMESPACE"),
    )
    .option("--data <dir>", "data directory of the `fascia run`: address of the hub, keys and secrets", ".fascia/data")
    .addOption(
      new Option("--nats <url>", "NATS server, if it is not the one that the data directory names").env("FASCIA_NATS"),
    )
    .addOption(natsCredsOption())
    .addOption(natsApiPrefixOption())
    .addOption(
      new Option("--keys <file>", "the installation's keys, if not those of the data directory").env("FASCIA_KEYS"),
    )
    .addOption(
      new Option(
        "--secrets <dir>",
        "Secrets as mounted, <namespace>/<name>/<key>, if not those of the data directory",
      ).env("FASCIA_SECRETS"),
    )
    .option("--host <address>", "address to listen on (default: all of this machine)")
    .option(
      "--port <port>",
      "port to listen on instead of the one in the manifest: for a second replica on one host",
      parsePort,
    )
    .addOption(
      new Option(
        "--telemetry <address>",
        "HOST:PORT (`*:PORT` for all addresses) where /metrics, /healthz and /readyz are served, or `off`",
      )
        .default("off")
        .env("FASCIA_TELEMETRY"),
    )
    .addOption(
      new Option("--drain-timeout <seconds>", "how long ending what is under way may take, when asked to stop")
        .default(30)
        .env("FASCIA_DRAIN_TIMEOUT")
        .argParser(parseSeconds),
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

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > 3600) {
    throw new InvalidArgumentError("It must be a whole number of seconds from 1 to 3600.");
  }
  return seconds;
}

async function runAdapter(name: string, options: AdapterOptions): Promise<void> {
  const telemetry = createTelemetry(options.json !== true, options.verbose === true ? "debug" : "info");
  await withTracing(telemetry.log, async () => {
    const { natsApiPrefix } = options;
    const parts = {
      ...telemetry,
      hub: { ...(await hubAddress(options)), ...(natsApiPrefix !== undefined && { apiPrefix: natsApiPrefix }) },
      keys: await (options.keys === undefined ? loadKeys(options.data) : readKeys(options.keys)),
      secretsDir: options.secrets ?? join(options.data, "secrets"),
    };
    const { log, health } = parts;
    const starting = startOf(adapterRef({ namespace: options.namespace, name }));
    health.hold(starting, "waits for the hub and for its configuration");
    const served = await startTelemetry(options.telemetry, parts);
    const ended = untilSignal(log, options.drainTimeout * 1000).then((signal) => {
      health.hold("process", "stopping");
      return signal;
    });
    const started = startAdapter({ namespace: options.namespace, name }, parts, options);
    const running = await Promise.race([started, ended.then(() => undefined)]);
    if (!running) {
      // Nothing is under way: what is waited for need not come any more.
      log.info("stopping", { signal: await ended });
      process.exit(0);
    }
    health.forget(starting);
    log.info("ready", { adapter: `${options.namespace}/${name}`, address: running.runtime.address });
    log.info("stopping", { signal: await ended });
    await running.stop();
    await served?.close();
  });
}

/** Waits for the hub and for the configuration, for as long as it takes. */
async function startAdapter(
  adapter: AdapterName,
  parts: ProcessParts,
  options: AdapterOptions,
): Promise<RunningAdapter> {
  const patiently = <T>(action: () => Promise<T>) => untilHubAnswers(action, systemClock, Math.random, parts.log);
  const listen = {
    ...(options.port !== undefined && { portOverride: options.port }),
    ...(options.host !== undefined && { host: options.host }),
  };
  const start = () => patiently(() => RunningAdapter.start(adapter, parts, listen));
  return untilStarted(adapter, start, parts);
}

const RETRY = { initialMs: 1000, maxMs: 10_000 };

/** What keeps it from starting may pass: a port is freed, a Secret comes, a mapping is mended. Not ready until then. */
async function untilStarted<T>(adapter: AdapterName, start: () => Promise<T>, parts: ProcessParts): Promise<T> {
  const name = adapterRef(adapter);
  for (let attempt = 1; ; attempt++) {
    try {
      return await start();
    } catch (error) {
      const reason = safeReason(error);
      parts.health.hold(startOf(name), reason);
      parts.log.error("adapter not started", { adapter: name, attempt, reason, error });
      await systemClock.sleep(backoff(RETRY, attempt, Math.random));
    }
  }
}

const startOf = (name: string): string => `start of adapter ${name}`;
