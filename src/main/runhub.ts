import { resolve } from "node:path";
import { FasciaError } from "../base/errors.ts";
import type { HubAddress } from "../jetstream/hub.ts";
import { writeBootstrap } from "../standalone/bootstrap.ts";
import { type Durability, checkStore } from "../standalone/durability.ts";
import { lockDataDir } from "../standalone/lock.ts";
import { startNatsServer } from "../standalone/natsserver.ts";
import type { Log } from "../telemetry/log.ts";
import { parseHubUrl } from "./process.ts";

export interface RunHubOptions {
  data: string;
  nats?: string;
  natsCreds?: string;
  natsMonitoring?: string;
  natsSync: "always" | "default";
  storeBytes?: string;
}

/** The hub that `fascia run` works with: one that it started, or one that was there. */
export interface RunHub {
  address: HubAddress;
  storeBytes?: number;
  /** Ends a server that was started; leaves one that was there. */
  stop(): Promise<void>;
}

export async function openRunHub(options: RunHubOptions, log: Log): Promise<RunHub> {
  const storeBytes = parseBytes(options.storeBytes);
  const hub =
    options.nats === undefined
      ? await startHub(options, storeBytes, log)
      : await useHub(options.nats, options, storeBytes);
  if (hub.durability.durable !== true) {
    log.warn("hub is not durable", { state: hub.durability.durable, reason: hub.durability.reason });
  }
  return hub;
}

async function startHub(
  options: RunHubOptions,
  maxStoreBytes: number | undefined,
  log: Log,
): Promise<RunHub & { durability: Durability }> {
  const bound = maxStoreBytes === undefined ? {} : { maxStoreBytes };
  const server = await startNatsServer({ dataDir: options.data, log, sync: options.natsSync, ...bound });
  const { url, user, password, storeBytes } = server;
  const reason = "--nats-sync default: what was acknowledged may be lost with the power";
  const durability: Durability = options.natsSync === "always" ? { durable: true } : { durable: false, reason };
  return { address: { url, user, password }, storeBytes, durability, stop: () => server.stop() };
}

async function useHub(
  url: string,
  options: RunHubOptions,
  bound: number | undefined,
): Promise<RunHub & { durability: Durability }> {
  const { natsCreds } = options;
  const address = { ...parseHubUrl(url), ...(natsCreds !== undefined && { credsFile: resolve(natsCreds) }) };
  const lock = await lockDataDir(options.data);
  await writeBootstrap(options.data, address);
  const report = await checkStore(options.natsMonitoring);
  const storeBytes = bound ?? report.storeBytes;
  return {
    address,
    durability: report.durability,
    stop: () => Promise.resolve(lock.release()),
    ...(storeBytes !== undefined && { storeBytes }),
  };
}

function parseBytes(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const bytes = Number(text);
  if (Number.isSafeInteger(bytes) && bytes >= 64 * 1024 ** 2) return bytes;
  throw new FasciaError("UsageError", `--store-bytes ${text}: give a number of bytes, at least 67108864 (64 MiB)`);
}
