import { generateKeyPairSync, randomBytes } from "node:crypto";
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { toolPath } from "../setup/tools.js";
import { KubeClient } from "./client.ts";
import { threeFreePorts } from "./ports.ts";
import { type Daemon, startDaemon } from "./daemon.ts";

/** A Kubernetes API server with its etcd, on 127.0.0.1 and in a directory of its own. Nothing runs pods. */
export interface ControlPlane {
  url: string;
  /** Certificate to verify the server with, PEM. */
  ca: string;
  /** Bearer token of one of the identities that it was started with. */
  token(user: string): string;
  client(user: string): KubeClient;
  /** Ends the API server as a crash does; etcd stays. */
  killApiServer(): Promise<void>;
  /** Starts it again after that, on the same port; resolves when it is ready. */
  startApiServer(): Promise<void>;
  stop(): Promise<void>;
}

/** Users and their groups; `system:masters` may do everything. */
export type Identities = Record<string, string[]>;

const READY_MS = 60_000;

/** Starts both, ready in about 5 s. The programs are built by `node hack/setup.js --with-cluster`. */
export async function startControlPlane(identities: Identities = { admin: ["system:masters"] }): Promise<ControlPlane> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-cluster-"));
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [etcdPort, peerPort, port] = await threeFreePorts();
    const tokens = Object.fromEntries(Object.keys(identities).map((user) => [user, randomBytes(16).toString("hex")]));
    await writeKeys(directory, identities, tokens);
    daemons.push(await startDaemon("etcd", toolPath("etcd"), etcdFlags(directory, etcdPort, peerPort), directory));
    const flags = apiServerFlags(directory, etcdPort, port);
    const startApiServer = async () => {
      daemons[1] = await startDaemon("kube-apiserver", toolPath("kube-apiserver"), flags, directory);
      return daemons[1];
    };
    return await whenReady(await startApiServer(), directory, `https://127.0.0.1:${port}`, tokens, {
      killApiServer: async () => daemons[1]?.kill(),
      startApiServer,
      stop,
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Lifecycle {
  killApiServer(): Promise<void>;
  startApiServer(): Promise<Daemon>;
  stop(): Promise<void>;
}

async function whenReady(
  apiServer: Daemon,
  directory: string,
  url: string,
  tokens: Record<string, string>,
  lifecycle: Lifecycle,
): Promise<ControlPlane> {
  const certificate = path.join(directory, "certs", "apiserver.crt");
  const ca = await apiServer.waitFor(() => readWritten(certificate), READY_MS);
  const token = (user: string) => {
    const found = tokens[user];
    if (found === undefined) throw new Error(`the control plane was started without an identity ${user}`);
    return found;
  };
  const clients = new Map<string, KubeClient>();
  const client = (user: string) => {
    const made = clients.get(user) ?? new KubeClient(url, ca, token(user));
    clients.set(user, made);
    return made;
  };
  const [anyone = ""] = Object.keys(tokens);
  const ready = (daemon: Daemon) =>
    daemon.waitFor(async () => {
      const { status } = await client(anyone).request("GET", "/readyz");
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    }, READY_MS);
  await ready(apiServer);
  return {
    url,
    ca,
    token,
    client,
    killApiServer: lifecycle.killApiServer,
    startApiServer: async () => ready(await lifecycle.startApiServer()),
    stop: async () => {
      for (const each of clients.values()) await each.close();
      await lifecycle.stop();
    },
  };
}

/** The certificate, once it is there whole: the API server writes its key after it. */
async function readWritten(certificate: string): Promise<string> {
  await access(certificate.replace(/crt$/, "key"));
  return readFile(certificate, "utf8");
}

async function writeKeys(directory: string, identities: Identities, tokens: Record<string, string>): Promise<void> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(path.join(directory, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const lines = Object.entries(identities).map(
    ([user, groups], index) => `${tokens[user]},${user},${index + 1},"${groups.join(",")}"\n`,
  );
  await writeFile(path.join(directory, "tokens.csv"), lines.join(""), { mode: 0o600 });
}

function etcdFlags(directory: string, port: number, peerPort: number): string[] {
  return [
    `--data-dir=${path.join(directory, "etcd")}`,
    `--listen-client-urls=http://127.0.0.1:${port}`,
    `--advertise-client-urls=http://127.0.0.1:${port}`,
    `--listen-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peerPort}`,
    `--initial-cluster=default=http://127.0.0.1:${peerPort}`,
    "--unsafe-no-fsync",
  ];
}

function apiServerFlags(directory: string, etcdPort: number, port: number): string[] {
  const key = path.join(directory, "sa.key");
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${path.join(directory, "certs")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--token-auth-file=${path.join(directory, "tokens.csv")}`,
    "--authorization-mode=RBAC,Node",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--allow-privileged",
  ];
}
