import { readdir, stat, statfs } from "node:fs/promises";
import { join, resolve } from "node:path";

const MIB = 1024 ** 2;
const GIB = 1024 ** 3;

/** Largest share of the disk that the store may take. */
const DISK_SHARE = 0.8;
export const DEFAULT_STORE_BYTES = 10 * GIB;

/** A payload of 8 MiB, the most that an adapter may be told to take, and its headers. */
const MAX_PAYLOAD = 8 * MIB + 64 * 1024;
const MAX_MEMORY_STORE = 64 * MIB;
const LOG_FILE_BYTES = 8 * MIB;

/** Absolute paths of what a nats-server has in a data directory. */
export interface NatsFiles {
  config: string;
  store: string;
  log: string;
  pid: string;
}

export function natsFiles(dataDir: string): NatsFiles {
  const directory = resolve(dataDir, "nats");
  return {
    config: join(directory, "nats-server.conf"),
    store: join(directory, "store"),
    log: join(directory, "nats-server.log"),
    pid: join(directory, "nats-server.pid"),
  };
}

export interface NatsConfig {
  port: number;
  user: string;
  password: string;
  storeDir: string;
  maxStoreBytes: number;
  logFile: string;
  pidFile: string;
  /** `always`: a PubAck means that the message is on disk. `default` is for comparison only: two minutes may be lost. */
  sync: "always" | "default";
}

/** Configuration file of a nats-server that listens on the loopback address alone. */
export function natsConfig(config: NatsConfig): string {
  const sync = config.sync === "always" ? "\n  sync_interval: always" : "";
  return `# Written by fascia at each start.
server_name: fascia
listen: "127.0.0.1:${config.port}"
max_payload: ${MAX_PAYLOAD}
pid_file: ${JSON.stringify(config.pidFile)}
log_file: ${JSON.stringify(config.logFile)}
logfile_size_limit: ${LOG_FILE_BYTES}
logfile_max_num: 2
authorization {
  user: ${JSON.stringify(config.user)}
  password: ${JSON.stringify(config.password)}
}
jetstream {
  store_dir: ${JSON.stringify(config.storeDir)}${sync}
  max_file_store: ${config.maxStoreBytes}
  max_memory_store: ${MAX_MEMORY_STORE}
}
`;
}

/** `wanted` bytes, or 80% of what the disk has for the store (free, and what it holds already) where that is less. */
export async function boundStore(storeDir: string, wanted: number): Promise<number> {
  const { bavail, bsize } = await statfs(storeDir);
  const available = bavail * bsize + (await sizeOf(storeDir));
  return Math.floor(Math.min(wanted, DISK_SHARE * available));
}

async function sizeOf(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map((file) => stat(join(file.parentPath, file.name)).then(({ size }) => size)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
