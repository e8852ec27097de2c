import { join } from "node:path";
import { type Command, Option } from "commander";
import { systemClock } from "../base/clock.ts";
import { FasciaError, safeReason } from "../base/errors.ts";
import { type AdapterName, adapterRef } from "../compile/names.ts";
import { type HubAddress, closeHub, connectHub } from "../jetstream/hub.ts";
import { writeBootstrap } from "../standalone/bootstrap.ts";
import { type Applied, ControlPlane } from "../standalone/controlplane.ts";
import { checkDurability } from "../standalone/durability.ts";
import { loadKeys } from "../standalone/keys.ts";
import { formatProblem } from "../standalone/manifests.ts";
import { type NatsServer, startNatsServer } from "../standalone/natsserver.ts";
import { watchManifests } from "../standalone/watch.ts";
import {
  type ProcessParts,
  RunningAdapter,
  createTelemetry,
  parseHubUrl,
  startTelemetry,
  untilSignal,
  withTracing,
} from "./process.ts";

interface RunOptions {
  data: string;
  nats?: string;
  natsMonitoring?: string;
  natsSync: "always" | "default";
  replicas: string;
  storeBytes?: string;
  telemetry: string;
  without: string[];
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("run <dir>")
    .summary("run a directory of manifests")
    .description(
      "Runs every Adapter and Integration found beneath <dir> in this process, and follows edits of the files.",
    )
    .option("--data <dir>", "where messages, keys and the hub's address are kept", ".fascia/data")
    .option("--nats <url>", "use this NATS server with JetStream instead of starting one")
    .option(
      "--nats-monitoring <url>",
      "monitoring address of that server, to check that it syncs before it acknowledges",
    )
    .option("--replicas <n>", "copies of each stream, for a NATS cluster", "1")
    .option("--store-bytes <n>", "bound of the store of the NATS server that is started")
    .addOption(
      new Option("--nats-sync <mode>", "when the started server syncs; `default` may lose what was acknowledged")
        .choices(["always", "default"])
        .default("always"),
    )
    .option(
      "--telemetry <address>",
      "where /metrics, /healthz and /readyz are served; `off` for nowhere",
      "127.0.0.1:9464",
    )
    .option("--without <names...>", "adapters that run as processes of their own (`fascia adapter`)", [])
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((dir: string, options: RunOptions) => run(dir, options));
}

async function run(dir: string, options: RunOptions): Promise<void> {
  const telemetry = createTelemetry(options.json !== true, options.verbose === true ? "debug" : "info");
  await withTracing(telemetry.log, async () => {
    const server = options.nats === undefined ? await startServer(options, telemetry.log) : undefined;
    try {
      const hub: HubAddress = server ?? parseHubUrl(options.nats ?? "");
      await runWith(
        { ...telemetry, hub, keys: await loadKeys(options.data), secretsDir: join(options.data, "secrets") },
        dir,
        options,
      );
    } finally {
      await server?.stop();
    }
  });
}

async function startServer(options: RunOptions, log: ProcessParts["log"]): Promise<NatsServer> {
  const storeBytes = Number(options.storeBytes);
  return startNatsServer({
    dataDir: options.data,
    log,
    sync: options.natsSync,
    ...(Number.isFinite(storeBytes) && { maxStoreBytes: storeBytes }),
  });
}

async function runWith(parts: ProcessParts, dir: string, options: RunOptions): Promise<void> {
  const { log } = parts;
  if (options.nats !== undefined) {
    await writeBootstrap(options.data, parts.hub);
    const durability = await checkDurability(options.natsMonitoring);
    if (durability.durable !== true)
      log.warn("hub is not durable", { state: durability.durable, reason: durability.reason });
  } else if (options.natsSync !== "always") {
    log.warn("hub is not durable", {
      state: false,
      reason: "--nats-sync default: what was acknowledged may be lost with the power",
    });
  }
  const hub = await connectHub(parts.hub, "fascia_control");
  const controlPlane = await ControlPlane.open({
    hub,
    manifests: dir,
    secretsDir: parts.secretsDir,
    replicas: Number(options.replicas),
    clock: systemClock,
    log,
  });
  const adapters = new Adapters(parts, controlPlane, new Set(options.without));
  const served = await startTelemetry(options.telemetry, parts);
  try {
    await serve(dir, controlPlane, adapters, log, served?.address);
  } finally {
    await adapters.stop();
    await controlPlane.stop();
    await served?.close();
    await closeHub(hub);
  }
}

async function serve(
  dir: string,
  controlPlane: ControlPlane,
  adapters: Adapters,
  log: ProcessParts["log"],
  telemetry: string | undefined,
): Promise<void> {
  const ended = untilSignal();
  const apply = async () => {
    const applied = await controlPlane.apply();
    report(applied, log);
    if (applied.accepted) await adapters.follow(applied.adapters);
    return applied;
  };
  const watch = await watchManifests(dir, () =>
    apply().then(
      () => {},
      (error: unknown) => log.error("manifests not applied", { error }),
    ),
  );
  const first = await apply();
  if (!first.accepted) {
    await watch.close();
    throw new FasciaError(
      "ManifestsInvalid",
      `${dir} is not applied:\n${first.problems.map((p) => `  ${formatProblem(p)}`).join("\n")}`,
    );
  }
  controlPlane.startRetention();
  log.info("ready", { address: telemetry, count: first.adapters.length });
  log.info("stopping", { signal: await ended });
  await watch.close();
}

function report({ accepted, problems }: Applied, log: ProcessParts["log"]): void {
  for (const { file, line, path, reason } of problems) {
    if (accepted) log.warn("reference does not resolve", { file, line, path, reason });
    else log.error("edit refused", { file, line, path, reason });
  }
  if (!accepted)
    log.error("manifests refused", {
      reason: "the state before goes on running; mend the files above",
      count: problems.length,
    });
}

/** The adapters of this process, started and stopped as the manifests say. */
class Adapters {
  readonly #parts: ProcessParts;
  readonly #controlPlane: ControlPlane;
  readonly #without: Set<string>;
  readonly #running = new Map<string, RunningAdapter>();

  constructor(parts: ProcessParts, controlPlane: ControlPlane, without: Set<string>) {
    this.#parts = parts;
    this.#controlPlane = controlPlane;
    this.#without = without;
  }

  async follow(wanted: AdapterName[]): Promise<void> {
    const names = new Set(wanted.map(adapterRef));
    const gone = [...this.#running].filter(([name]) => !names.has(name));
    await Promise.all(gone.map(([name, adapter]) => this.#stop(name, adapter)));
    const fresh = wanted.filter((a) => !this.#running.has(adapterRef(a)) && !this.#without.has(a.name));
    await Promise.all(fresh.map((adapter) => this.#start(adapter)));
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#running].map(([name, adapter]) => this.#stop(name, adapter)));
  }

  /** One adapter that can't start, e.g. because its port is taken, must not keep the others from running. */
  async #start(adapter: AdapterName): Promise<void> {
    try {
      this.#running.set(
        adapterRef(adapter),
        await RunningAdapter.start(adapter, this.#parts, this.#controlPlane.configs),
      );
    } catch (error) {
      this.#parts.log.error("adapter not started", { adapter: adapterRef(adapter), reason: safeReason(error), error });
    }
  }

  async #stop(name: string, adapter: RunningAdapter): Promise<void> {
    this.#running.delete(name);
    await adapter.stop();
  }
}
