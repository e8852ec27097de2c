import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findNatsServer } from "../../src/standalone/natsbinary.ts";

/** A real nats-server of a test's own, on a store that survives `kill` and `restart`. */
export interface TestNats {
  url: string;
  monitoring: string;
  /** SIGKILL, as a crash would. */
  kill(): Promise<void>;
  /** Starts again on the same port and store. */
  restart(): Promise<void>;
  /** Takes away all that it has stored, while it does not run. */
  wipe(): Promise<void>;
  pid(): number;
  /** What it has logged since its last start. */
  log(): Promise<string>;
  stop(): Promise<void>;
}

export interface TestNatsOptions {
  sync?: "always" | "default";
  maxStoreBytes?: number;
  /** More lines of its configuration, e.g. who may do what. */
  more?: string;
}

export async function startNats(options: TestNatsOptions = {}): Promise<TestNats> {
  const dir = await mkdtemp(join(tmpdir(), "fascia-nats-"));
  const binary = await findNatsServer();
  let port = -1;
  let monitoringPort = -1;
  let child: ChildProcess | undefined;

  async function start(): Promise<void> {
    const config = join(dir, "nats.conf");
    await writeFile(config, configText(dir, port, monitoringPort, options));
    await rm(join(dir, "ports"), { recursive: true, force: true });
    await rm(join(dir, "log"), { force: true });
    child = spawn(binary, ["-c", config], { stdio: "ignore" });
    const ports = await readPorts(dir, child.pid as number);
    port = Number(new URL(ports.nats).port);
    monitoringPort = Number(new URL(ports.monitoring).port);
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    const running = child;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    const exited = new Promise((resolve) => running.once("exit", resolve));
    running.kill(signal);
    await exited;
  }

  await start();
  return {
    url: `nats://127.0.0.1:${port}`,
    monitoring: `http://127.0.0.1:${monitoringPort}`,
    kill: () => end("SIGKILL"),
    restart: start,
    wipe: () => rm(join(dir, "store"), { recursive: true, force: true }),
    pid: () => child?.pid as number,
    log: () => readFile(join(dir, "log"), "utf8"),
    stop: async () => {
      await end("SIGTERM");
      await rm(dir, { recursive: true, force: true });
    },
  };
}

const configText = (dir: string, port: number, monitoringPort: number, options: TestNatsOptions): string => `
listen: "127.0.0.1:${port}"
http: "127.0.0.1:${monitoringPort}"
ports_file_dir: "${dir}/"
log_file: "${dir}/log"
max_payload: 8388608
jetstream {
  store_dir: "${dir}/store"
  max_file_store: ${options.maxStoreBytes ?? 4 * 1024 ** 3}
  ${options.sync === "always" ? "sync_interval: always" : ""}
}
${options.more ?? ""}
`;

/** The server writes the ports it chose, once it serves them. */
async function readPorts(dir: string, pid: number): Promise<{ nats: string; monitoring: string }> {
  for (;;) {
    const name = (await readdir(dir)).find((file) => file.endsWith(`_${pid}.ports`));
    const text = name === undefined ? "" : await readFile(join(dir, name), "utf8");
    if (text.endsWith("}")) {
      const ports = JSON.parse(text) as { nats: string[]; monitoring: string[] };
      if (ports.nats?.[0] && ports.monitoring?.[0]) return { nats: ports.nats[0], monitoring: ports.monitoring[0] };
    }
    await pause(10);
  }
}
