import { randomBytes } from "node:crypto";
import { backoff } from "../base/backoff.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import type { Log } from "../telemetry/log.ts";
import { type Bootstrap, findBootstrap, writeBootstrap } from "./bootstrap.ts";
import { lockDataDir } from "./lock.ts";
import { findNatsServer } from "./natsbinary.ts";
import {
  DEFAULT_STORE_BYTES,
  type NatsConfig,
  type NatsFiles,
  boundStore,
  natsConfig,
  natsFiles,
} from "./natsconfig.ts";
import { type Exit, type NatsCall, type NatsProcess, spawnNats } from "./natsprocess.ts";
import { choosePort, isFree } from "./port.ts";
import { endOrphan } from "./orphan.ts";
import { makePrivateDirectory, writePrivateFile } from "./privatefile.ts";

export interface NatsServerOptions {
  dataDir: string;
  log: Log;
  /** Bound of the JetStream store; at most 80% of the disk is taken. Default 10 GiB. */
  maxStoreBytes?: number;
  /** See `NatsConfig.sync`. */
  sync?: "always" | "default";
  clock?: Clock;
  random?: () => number;
}

export interface NatsServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Bound of its JetStream store, bytes. */
  readonly storeBytes: number;
  /** Process id of the run that is under way; another one after a crash. */
  readonly pid: number | undefined;
  /** Resolves when the server has put everything on disk and ended. */
  stop(): Promise<void>;
}

const RESTART = { initialMs: 100, maxMs: 2000 };
/** A run this long was a good one: the next restart waits the shortest time again. */
const GOOD_RUN_MS = 10_000;
const STOP_GRACE_MS = 15_000;
const START_ATTEMPTS = 5;

/**
 * Starts a nats-server for `dataDir` and keeps it running, on one port and with one password for as long as the
 * directory lives, so that clients reconnect. Leaves both in `bootstrap.json`. Throws FasciaErrors `DataDirInUse`, `DataDirUnusable`,
 * `NatsServerMissing`, `NatsServerTooOld`, `NatsServerFailed`.
 */
export async function startNatsServer(options: NatsServerOptions): Promise<NatsServer> {
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  const binary = await findNatsServer();
  const lock = await lockDataDir(options.dataDir);
  try {
    const files = natsFiles(options.dataDir);
    makePrivateDirectory(files.store);
    await endOrphan(options.dataDir, clock, options.log);
    const last = await findBootstrap(options.dataDir);
    const first = await start({ binary, files, options, last, clock, random });
    options.log.info("nats-server ready", { url: first.bootstrap.url, ...pidOf(first.run) });
    const server = supervise({ ...first, lock, clock, random, log: options.log });
    await writeBootstrap(options.dataDir, first.bootstrap).catch((error: unknown) =>
      server.stop().then(() => Promise.reject(error)),
    );
    return server;
  } catch (error) {
    lock.release();
    throw error;
  }
}

interface Started {
  run: NatsProcess;
  call: NatsCall;
  bootstrap: { url: string; user: string; password: string };
  storeBytes: number;
}

interface StartContext {
  binary: string;
  files: NatsFiles;
  options: NatsServerOptions;
  last: Bootstrap | undefined;
  clock: Clock;
  random: () => number;
}

/** The first run of this process. Somebody may take the port that was free a moment ago: then with another. */
async function start(context: StartContext): Promise<Started> {
  const { binary, files, options, last, clock, random } = context;
  const user = last?.user ?? "fascia";
  const password = last?.password ?? randomBytes(24).toString("base64url");
  const maxStoreBytes = await boundStore(files.store, options.maxStoreBytes ?? DEFAULT_STORE_BYTES);
  const settings = { user, password, maxStoreBytes, sync: options.sync ?? "always" } as const;
  let exit: Exit = {};
  for (let attempt = 1; attempt <= START_ATTEMPTS; attempt++) {
    const port = await choosePort(attempt === 1 ? portOf(last?.url) : undefined, random);
    await writeConfig(files, { ...settings, port });
    const call = { binary, configFile: files.config, logFile: files.log, port };
    const run = spawnNats(call, clock);
    options.log.info("nats-server starting", { file: files.log, ...pidOf(run) });
    if (await run.ready())
      return { run, call, bootstrap: { url: `nats://127.0.0.1:${port}`, user, password }, storeBytes: maxStoreBytes };
    exit = await run.exited;
    if (await isFree(port)) break;
  }
  const how = `nats-server ended before it was ready (${describe(exit)})`;
  throw new FasciaError("NatsServerFailed", `${how}; ${files.log} says why`);
}

async function writeConfig(
  files: NatsFiles,
  settings: Omit<NatsConfig, "storeDir" | "logFile" | "pidFile">,
): Promise<void> {
  const config = natsConfig({ ...settings, storeDir: files.store, logFile: files.log, pidFile: files.pid });
  await writePrivateFile(files.config, config);
}

interface Supervised extends Started {
  lock: { release(): void };
  clock: Clock;
  random: () => number;
  log: Log;
}

function supervise(context: Supervised): NatsServer {
  const { call, clock, random, log } = context;
  const stopping = new AbortController();
  let run = context.run;

  async function keepRunning(): Promise<void> {
    let attempt = 0;
    let startedAt = clock.monotonic();
    for (;;) {
      const exit = await run.exited;
      if (stopping.signal.aborted) return;
      attempt = clock.monotonic() - startedAt >= GOOD_RUN_MS ? 1 : attempt + 1;
      log.error("nats-server ended", { reason: describe(exit), attempt });
      await clock.sleep(backoff(RESTART, attempt, random), stopping.signal);
      if (stopping.signal.aborted) return;
      startedAt = clock.monotonic();
      run = spawnNats(call, clock);
      if (await run.ready()) log.info("nats-server ready again", { ...pidOf(run), attempt });
    }
  }
  const running = keepRunning();

  async function stop(): Promise<void> {
    stopping.abort();
    await run.stop(STOP_GRACE_MS);
    await running;
    context.lock.release();
  }
  let stopped: Promise<void> | undefined;

  return {
    ...context.bootstrap,
    storeBytes: context.storeBytes,
    get pid() {
      return run.pid;
    },
    stop: () => (stopped ??= stop()),
  };
}

function portOf(url: string | undefined): number | undefined {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed?.hostname === "127.0.0.1" && parsed.port !== "" ? Number(parsed.port) : undefined;
}

const pidOf = (run: NatsProcess): { pid: number } | undefined => (run.pid === undefined ? undefined : { pid: run.pid });

function describe(exit: Exit): string {
  if (exit.error !== undefined) return exit.error;
  return exit.signal === undefined ? `exit code ${exit.code ?? 0}` : `signal ${exit.signal}`;
}
