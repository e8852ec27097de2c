import { join } from "node:path";
import { type Command, Option } from "commander";
import { Alarm } from "../base/alarm.ts";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { AuditTrail } from "../jetstream/audit/trail.ts";
import { closeHub, connectHub } from "../jetstream/hub.ts";
import { untilHubAnswers } from "../jetstream/patience.ts";
import { ControlPlane } from "../standalone/controlplane.ts";
import { loadKeys } from "../standalone/keys.ts";
import { formatProblem, loadManifests, manifestFiles } from "../standalone/manifests.ts";
import { watchManifests } from "../standalone/watch.ts";
import { natsCredsOption, parseReplicas } from "./hubcommand.ts";
import { type ProcessParts, createTelemetry, startTelemetry, untilSignal, withTracing } from "./process.ts";
import { RunAdapters } from "./runadapters.ts";
import { RunReport } from "./runreport.ts";
import { type RunHub, type RunHubOptions, openRunHub } from "./runhub.ts";

interface RunOptions extends RunHubOptions {
  replicas: number;
  telemetry: string;
  without: string[];
  json?: boolean;
  verbose?: boolean;
}

export function register(program: Command): void {
  program
    .command("run")
    .summary("run a directory of manifests")
    .description(
      "Runs every Adapter and Integration found beneath <dir> in this process, and follows edits of the files. Starts a NATS server of its own unless --nats names one.",
    )
    .argument("<dir>", "directory of manifests: its YAML files, and those in directories beneath it")
    .option("--data <dir>", "data directory: where messages, keys and the hub's address are kept", ".fascia/data")
    .option("--nats <url>", "NATS server with JetStream to use, e.g. nats://user:password@host:4222")
    .addOption(natsCredsOption())
    .option(
      "--nats-monitoring <url>",
      "monitoring address of that server, e.g. http://host:8222, to check that it syncs before it acknowledges",
    )
    .option(
      "--replicas <n>",
      "copies of each stream (1 to 5); more than 1 needs --nats with a cluster",
      parseReplicas,
      1,
    )
    .option(
      "--store-bytes <n>",
      "bound of the message store, at least 67108864; streams together take at most 90% of it (default: 10 GiB, or 80% of the disk where that is less)",
    )
    .addOption(
      new Option(
        "--nats-sync <mode>",
        "when the server that is started syncs to disk: before it acknowledges, or (for comparison only) now and then, which may lose what was acknowledged",
      )
        .choices(["always", "default"])
        .default("always"),
    )
    .option(
      "--telemetry <address>",
      "HOST:PORT (or a port) where /metrics, /healthz and /readyz are served, or `off`",
      "127.0.0.1:9464",
    )
    .addOption(
      new Option(
        "--without <names...>",
        "names of Adapters to leave out, because they run as processes of their own (`fascia adapter`)",
      ).default([], "none"),
    )
    .option("--json", "log as JSON lines")
    .option("-v, --verbose", "log details")
    .action((dir: string, options: RunOptions) => run(dir, options));
}

async function run(dir: string, options: RunOptions): Promise<void> {
  const telemetry = createTelemetry(options.json !== true, options.verbose === true ? "debug" : "info");
  // A directory that was mistyped starts no server, and leaves no data directory behind.
  await manifestFiles(dir);
  await checkWithout(dir, options.without);
  await withTracing(telemetry.log, async () => {
    const hub = await openRunHub(options, telemetry.log);
    try {
      const keys = await loadKeys(options.data);
      await runWith(
        { ...telemetry, hub: hub.address, keys, secretsDir: join(options.data, "secrets") },
        hub,
        dir,
        options,
      );
    } finally {
      await hub.stop();
    }
  });
}

/** A name that was mistyped would run here what runs elsewhere, too. */
async function checkWithout(dir: string, without: string[]): Promise<void> {
  if (without.length === 0) return;
  const { resources, problems } = await loadManifests(dir);
  const names = [...new Set(resources.adapters.map(({ metadata }) => metadata.name))].toSorted();
  const unknown = without.find((name) => !names.includes(name));
  // What is invalid may be the very adapter; it is told of when it is applied.
  if (unknown === undefined || problems.length > 0) return;
  const there = names.length === 0 ? "there is none" : `there are ${names.join(", ")}`;
  throw new FasciaError("UsageError", `--without ${unknown}: no Adapter of that name is in ${dir}; ${there}`);
}

async function runWith(parts: ProcessParts, { storeBytes }: RunHub, dir: string, options: RunOptions): Promise<void> {
  const { log } = parts;
  const hub = await connectHub(parts.hub, "fascia_control");
  const connection = { open: () => Promise.resolve(hub), close: () => Promise.resolve() };
  const audit = new AuditTrail(
    { ...connection, replicas: options.replicas },
    { clock: systemClock, random: Math.random, log, metrics: parts.metrics },
  );
  const controlPlane = await ControlPlane.open({
    hub,
    audit,
    manifests: dir,
    secretsDir: parts.secretsDir,
    replicas: options.replicas,
    clock: systemClock,
    log,
    ...(storeBytes !== undefined && { storeBytes }),
  });
  const adapters = new RunAdapters(parts, new Set(options.without));
  const served = await startTelemetry(options.telemetry, parts);
  try {
    await serve(dir, controlPlane, adapters, parts, served?.address);
  } finally {
    await adapters.stop();
    await controlPlane.stop();
    await audit.stop();
    await served?.close();
    await closeHub(hub);
  }
}

async function serve(
  dir: string,
  controlPlane: ControlPlane,
  adapters: RunAdapters,
  parts: ProcessParts,
  telemetry: string | undefined,
): Promise<void> {
  const { log } = parts;
  const stopping = new AbortController();
  const ended = untilSignal(log).then((signal) => {
    stopping.abort();
    return signal;
  });
  // What is wrong before anything runs ends the process, which says so itself.
  let inEffect = false;
  const report = new RunReport(parts);
  const applyNow = async () => {
    const applied = await controlPlane.apply();
    if (inEffect || applied.accepted) report.tell(applied);
    if (!applied.accepted) return applied;
    inEffect = true;
    await adapters.follow(applied.adapters);
    endOfException.set(applied.nextEnd);
    log.info("manifests are in effect", { count: applied.adapters.length });
    if (applied.adapters.length === 0) log.warn("no adapter is declared", { file: dir });
    return applied;
  };
  // An edit may come while the first state is still being applied.
  let turn: Promise<unknown> = Promise.resolve();
  const apply = () => {
    const patiently = () => untilHubAnswers(applyNow, systemClock, Math.random, log, stopping.signal);
    const applied = turn.then(patiently);
    turn = applied.catch(() => {});
    return applied;
  };
  const applyAgain = () =>
    apply().then(
      () => {},
      (error: unknown) => log.error("manifests not applied", { error }),
    );
  // What is told of an exception's end is told when it ends, though nobody edits anything.
  const endOfException = new Alarm(systemClock, () => void applyAgain());
  const watch = await watchManifests(dir, applyAgain);
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
  endOfException.set(undefined);
  await watch.close();
}
