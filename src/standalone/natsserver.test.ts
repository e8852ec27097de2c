import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { silentLog } from "../telemetry/log.ts";
import { readBootstrap } from "./bootstrap.ts";
import { type NatsServer, startNatsServer } from "./natsserver.ts";
import { isServing } from "./port.ts";
import { commandLine, signalProcess } from "./processes.ts";

let dataDir: string;
let servers: NatsServer[] = [];

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "fascia-nats-"));
});

afterEach(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  servers = [];
  await rm(dataDir, { recursive: true });
});

async function start(options: { maxStoreBytes?: number } = {}): Promise<NatsServer> {
  const server = await startNatsServer({ dataDir, log: silentLog, ...options });
  servers.push(server);
  return server;
}

describe("the server", () => {
  it("serves JetStream on the loopback address, bounded, synced and with 8 MiB payloads", async () => {
    const server = await start({ maxStoreBytes: 64 * 1024 ** 2 });
    const client = await NatsClient.connect(server);
    expect(client.info).toMatchObject({ jetstream: true, host: "127.0.0.1", max_payload: 8_454_144 });
    const account = await client.request("$JS.API.INFO");
    expect(account).not.toHaveProperty("error");
    const config = await readFile(join(dataDir, "nats/nats-server.conf"), "utf8");
    expect(config).toContain("sync_interval: always");
    expect(config).toContain("max_file_store: 67108864");
    client.close();
  });

  it("refuses who has not the password in bootstrap.json, which only the owner can read", async () => {
    const server = await start();
    await expect(NatsClient.connect({ ...server, password: "wrong" })).rejects.toThrow(/Authorization Violation/);
    expect(await readBootstrap(dataDir)).toEqual({ url: server.url, user: server.user, password: server.password });
    for (const file of ["bootstrap.json", "nats/nats-server.conf"])
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
  });

  it("leaves nothing in the data directory that anybody but the owner may read", async () => {
    await writeFile(join(dataDir, "lock"), "", { mode: 0o644 });
    const client = await NatsClient.connect(await start());
    await client.request("$JS.API.STREAM.CREATE.S", { name: "S", subjects: ["s"], storage: "file" });
    await client.request("s", "hello");
    client.close();
    const entries = await readdir(dataDir, { recursive: true });
    const modes = entries.map(async (name) => [name, (await stat(join(dataDir, name))).mode & 0o077] as const);
    expect(entries).toEqual(expect.arrayContaining(["lock", "nats/nats-server.log", "nats/nats-server.pid"]));
    expect((await Promise.all(modes)).filter(([, others]) => others !== 0)).toEqual([]);
  });

  it("comes back on the same port with its messages after it was killed", async () => {
    const server = await start();
    const before = await NatsClient.connect(server);
    await before.request("$JS.API.STREAM.CREATE.S", { name: "S", subjects: ["s"], storage: "file" });
    await before.request("s", "hello");
    const killed = server.pid as number;
    signalProcess(killed, "SIGKILL");
    await before.closed;
    const after = await reconnect(server);
    expect(await after.request("$JS.API.STREAM.INFO.S")).toMatchObject({ state: { messages: 1 } });
    expect(server.pid).not.toBe(killed);
    after.close();
  });

  it("keeps address and password over a restart of ours", async () => {
    const first = await start();
    const { url, password } = first;
    await first.stop();
    expect(await isServing(portOf(first))).toBe(false);
    expect(await start()).toMatchObject({ url, password });
  });

  it("takes another port where its own is now somebody else's", async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(portOf(first), "127.0.0.1");
    await once(squatter, "listening");
    expect((await start()).url).not.toBe(first.url);
    squatter.close();
  });

  it("does not come back once it was stopped", async () => {
    const server = await start();
    await Promise.all([server.stop(), server.stop()]);
    expect(await isServing(portOf(server))).toBe(false);
  });

  it("says where to read on when it cannot start", async () => {
    await mkdir(join(dataDir, "nats/store"), { recursive: true });
    await writeFile(join(dataDir, "nats/store/jetstream"), "a file where the server wants a directory");
    await expect(start()).rejects.toMatchObject({
      code: "NatsServerFailed",
      message: expect.stringMatching(/exit code 1.*nats-server\.log says why/),
    });
    await rm(join(dataDir, "nats/store/jetstream"));
    expect((await start()).url).toMatch(/^nats:/);
  });
});

describe("a data directory", () => {
  it("that a live process uses is refused, whole", async () => {
    await start();
    await expect(start()).rejects.toMatchObject({ code: "DataDirInUse", message: expect.stringContaining(dataDir) });
  });

  it("that can't be made is refused at once", async () => {
    const started = startNatsServer({ dataDir: "/proc/fascia/data", log: silentLog });
    await expect(started).rejects.toMatchObject({
      code: "DataDirUnusable",
      message: expect.stringContaining("--data"),
    });
  });

  it("whose process was killed is taken over, and the server that was left running ended", async () => {
    const { killed, orphan, url } = await runAndKill(dataDir);
    expect(await commandLine(killed)).toBeUndefined();
    expect(await commandLine(orphan)).toContain(dataDir);
    const server = await start();
    expect(server.url).toBe(url);
    expect(await commandLine(orphan)).toBeUndefined();
  });

  it("with the process id of a stranger in it leaves the stranger alone", async () => {
    const server = await start();
    await server.stop();
    const stranger = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await writeFile(join(dataDir, "nats/nats-server.pid"), String(stranger.pid));
    await start();
    expect(signalProcess(stranger.pid as number, 0)).toBe(true);
    stranger.kill("SIGKILL");
  });
});

/** Another process starts the server and is killed. */
async function runAndKill(dir: string): Promise<{ killed: number; orphan: number; url: string }> {
  const script = `
    import { startNatsServer } from ${JSON.stringify(new URL("./natsserver.ts", import.meta.url).href)};
    import { silentLog } from ${JSON.stringify(new URL("../telemetry/log.ts", import.meta.url).href)};
    const server = await startNatsServer({ dataDir: ${JSON.stringify(dir)}, log: silentLog });
    console.log(JSON.stringify({ orphan: server.pid, url: server.url }));`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout, "data")) as [Buffer];
  child.kill("SIGKILL");
  await once(child, "exit");
  return { killed: child.pid as number, ...(JSON.parse(String(line)) as { orphan: number; url: string }) };
}

const portOf = (server: { url: string }): number => Number(new URL(server.url).port);

async function reconnect(server: NatsServer): Promise<NatsClient> {
  for (;;) {
    if (await isServing(portOf(server))) return NatsClient.connect(server);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** As much of the NATS protocol as asking one thing after another takes. */
class NatsClient {
  readonly closed: Promise<void>;
  info: Record<string, unknown> = {};
  readonly #socket: Socket;
  #received = "";
  #arrived: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      this.#received += chunk.toString("utf8");
      this.#arrived();
    });
  }

  static async connect(server: { url: string; user: string; password: string }): Promise<NatsClient> {
    const client = new NatsClient(connect(portOf(server), "127.0.0.1"));
    client.info = JSON.parse((await client.#match(/INFO (.*)\r\n/))[1] as string) as Record<string, unknown>;
    const login = { user: server.user, pass: server.password, verbose: false, pedantic: false };
    client.#socket.write(`CONNECT ${JSON.stringify(login)}\r\nSUB inbox 1\r\nPING\r\n`);
    await client.#match(/PONG\r\n/);
    return client;
  }

  async request(subject: string, body: unknown = ""): Promise<unknown> {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    this.#socket.write(`PUB ${subject} inbox ${Buffer.byteLength(text)}\r\n${text}\r\n`);
    return JSON.parse((await this.#match(/MSG inbox 1.*\r\n(.*)\r\n/))[1] as string);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #match(expected: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = expected.exec(this.#received);
      const error = /-ERR '(.*)'/.exec(this.#received);
      if (error !== null) throw new Error(error[1]);
      if (match !== null) {
        this.#received = this.#received.slice(match.index + match[0].length);
        return match;
      }
      await new Promise<void>((resolve) => (this.#arrived = resolve));
    }
  }
}
