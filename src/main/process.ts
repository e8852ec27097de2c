import { proxyFromEnvironment } from "../adapters/client/proxy.ts";
import { systemClock } from "../base/clock.ts";
import { FasciaError } from "../base/errors.ts";
import { type AdapterName, adapterRef, connectionName } from "../compile/names.ts";
import { ConfigReader } from "../jetstream/configreader.ts";
import { type Hub, type HubAddress, closeHub, connectHub } from "../jetstream/hub.ts";
import { AdapterRuntime } from "../runtime/adapter.ts";
import type { Keys } from "../runtime/deps.ts";
import type { ListenOptions } from "../runtime/sourceside.ts";
import { secretsFrom } from "../standalone/secrets.ts";
import { type Health, createHealth } from "../telemetry/health.ts";
import { type Log, createLog } from "../telemetry/log.ts";
import { type Metrics, type MetricsText, createMetrics } from "../telemetry/metrics.ts";
import { type TelemetryServer, serveTelemetry } from "../telemetry/server.ts";
import { enableTracing } from "../telemetry/tracing.ts";

/** What a process that runs adapters has once, however many adapters it runs. */
export interface ProcessParts {
  log: Log;
  metrics: Metrics;
  health: Health;
  hub: HubAddress;
  keys: Keys;
  secretsDir: string;
}

export function createTelemetry(
  pretty: boolean,
  level: "debug" | "info",
): Pick<ProcessParts, "log" | "metrics" | "health"> {
  return { log: createLog({ level, pretty }), metrics: createMetrics(), health: createHealth(systemClock) };
}

/** One adapter with a connection of its own to the hub. */
export class RunningAdapter {
  readonly runtime: AdapterRuntime;
  readonly #hub: Hub;

  private constructor(runtime: AdapterRuntime, hub: Hub) {
    this.runtime = runtime;
    this.#hub = hub;
  }

  static async start(adapter: AdapterName, parts: ProcessParts, listen: ListenOptions = {}): Promise<RunningAdapter> {
    const hub = await connectHub(parts.hub, connectionName(adapter));
    try {
      await sayIfUnknown(adapter, hub, parts.log);
      const secrets = secretsFrom(parts.secretsDir, adapter.namespace);
      const shared = { keys: parts.keys, log: parts.log, metrics: parts.metrics, health: parts.health };
      const proxyFor = proxyFromEnvironment(process.env);
      const deps = { ...shared, adapter, hub, secrets, proxyFor, clock: systemClock, random: Math.random };
      return new RunningAdapter(await AdapterRuntime.start(deps, listen), hub);
    } catch (error) {
      await closeHub(hub);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await this.runtime.stop();
    await closeHub(this.#hub);
  }
}

/** It may be declared yet; a name that was mistyped never is. */
async function sayIfUnknown(adapter: AdapterName, hub: Hub, log: Log): Promise<void> {
  if ((await new ConfigReader(hub, adapter).read()) !== "None") return;
  const reason =
    "the hub has no configuration for it, which is waited for: is it declared, in this namespace, under this name?";
  log.warn("no such adapter yet", { adapter: adapterRef(adapter), reason });
}

/** `host:port`, `*:port` for all addresses, a port alone for 127.0.0.1, or `off`. */
export async function startTelemetry(
  listen: string,
  parts: { metrics: MetricsText; health: Health },
): Promise<TelemetryServer | undefined> {
  if (listen === "off") return undefined;
  const at = listen.lastIndexOf(":");
  const port = Number(listen.slice(at + 1));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new FasciaError("UsageError", `--telemetry ${listen}: give HOST:PORT, a port, or off`);
  }
  const host = at > 0 ? listen.slice(0, at) : "127.0.0.1";
  return serveTelemetry({ ...(host !== "*" && { host }), port, ...parts });
}

/** `nats://user:password@host:4222` with the credentials taken apart. */
export function parseHubUrl(text: string): HubAddress {
  let url: URL;
  try {
    url = new URL(text.includes("://") ? text : `nats://${text}`);
  } catch (cause) {
    throw new FasciaError("UsageError", "--nats: give an address such as nats://127.0.0.1:4222", { cause });
  }
  const { username, password } = url;
  url.username = "";
  url.password = "";
  const credentials =
    username === "" ? {} : { user: decodeURIComponent(username), password: decodeURIComponent(password) };
  return { url: url.href.replace(/\/$/, ""), ...credentials };
}

/** What is under way may take this long to end well; it is as safe to be cut off as by a crash. */
const STOP_MS = 30_000;

/**
 * Resolves with the signal's name when the process is asked to end. A second signal ends it at once, and so does time:
 * something that hangs must not keep a process that is to be replaced.
 */
export function untilSignal(log: Log, stopMs = STOP_MS): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
      process.removeAllListeners(signal);
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        setTimeout(() => {
          log.error("not ended in time", { signal, ms: stopMs });
          process.exit(1);
        }, stopMs).unref();
        resolve(signal);
      });
    }
  });
}

/** Runs `work` to its end with traces exported where the environment asks for it. */
export async function withTracing<T>(log: Log, work: () => Promise<T>): Promise<T> {
  const tracing = await enableTracing(log);
  try {
    return await work();
  } finally {
    await tracing?.shutdown();
  }
}
