import { generateKeyPairSync, randomBytes } from "node:crypto";
import { access, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { toolPath } from "../setup/tools.js";
import { KubeClient } from "./client.ts";
import { type Daemon, type DaemonOptions, startDaemon } from "./daemon.ts";

/** Users and their groups; `system:masters` may do everything. */
export type Identities = Record<string, string[]>;

export interface ServerOptions extends DaemonOptions {
  identities: Identities;
  /** For data, keys and logs; exists. */
  directory: string;
  /** Where the API server listens. */
  address: string;
  port: number;
  /** Where etcd listens, on 127.0.0.1: for clients and for other members. */
  etcdPorts: [number, number];
  serviceRange: string;
  /** Further flags of the API server. */
  flags?: string[];
  /** Called as soon as each one runs, before it is ready. */
  onStart(daemon: Daemon): void | Promise<void>;
}

/** What is needed to talk to an API server. */
export interface Access {
  url: string;
  /** Certificate to verify the server with, PEM. */
  ca: string;
  /** Bearer tokens by user. */
  tokens: Record<string, string>;
}

/** A control plane that runs. */
export interface Servers {
  access: Access;
  /** Ends the API server as a crash does; etcd stays. */
  killApiServer(): Promise<void>;
  /** Starts it again after that, on the same port; resolves when it is ready. */
  startApiServer(): Promise<void>;
}

const READY_MS = 60_000;

/** Starts etcd and kube-apiserver, and waits until the latter is ready: about 5 s. */
export async function startServers(options: ServerOptions): Promise<Servers> {
  const { identities, directory, address, port, onStart } = options;
  const tokens = Object.fromEntries(Object.keys(identities).map((user) => [user, randomBytes(16).toString("hex")]));
  await writeKeys(directory, identities, tokens);
  await onStart(await startDaemon("etcd", toolPath("etcd"), etcdFlags(options), directory, options));
  const flags = [...apiServerFlags(options), ...(options.flags ?? [])];
  const start = async () => {
    const daemon = await startDaemon("kube-apiserver", toolPath("kube-apiserver"), flags, directory, options);
    await onStart(daemon);
    return daemon;
  };
  let apiServer = await start();
  const certificate = path.join(directory, "certs", "apiserver.crt");
  const ca = await apiServer.waitFor(() => readWritten(certificate), READY_MS);
  const found = { url: `https://${address}:${port}`, ca, tokens };
  await untilReady(apiServer, found);
  return {
    access: found,
    killApiServer: () => apiServer.kill(),
    startApiServer: async () => {
      apiServer = await start();
      await untilReady(apiServer, found);
    },
  };
}

/** The certificate, once it is there whole: the API server writes its key after it. */
async function readWritten(certificate: string): Promise<string> {
  await access(certificate.replace(/crt$/, "key"));
  return readFile(certificate, "utf8");
}

async function untilReady(apiServer: Daemon, { url, ca, tokens }: Access): Promise<void> {
  const client = new KubeClient(url, ca, Object.values(tokens)[0] ?? "");
  try {
    await apiServer.waitFor(async () => {
      const { status } = await client.request("GET", "/readyz");
      if (status !== 200) throw new Error(`/readyz answers ${status}`);
    }, READY_MS);
  } finally {
    await client.close();
  }
}

async function writeKeys(directory: string, identities: Identities, tokens: Record<string, string>): Promise<void> {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  await writeFile(path.join(directory, "sa.key"), privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  const lines = Object.entries(identities).map(
    ([user, groups], index) => `${tokens[user]},${user},${index + 1},"${groups.join(",")}"\n`,
  );
  await writeFile(path.join(directory, "tokens.csv"), lines.join(""), { mode: 0o600 });
}

function etcdFlags({ directory, etcdPorts: [port, peerPort] }: ServerOptions): string[] {
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

function apiServerFlags({ directory, etcdPorts: [etcdPort], address, port, serviceRange }: ServerOptions): string[] {
  const key = path.join(directory, "sa.key");
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--bind-address=${address}`,
    `--secure-port=${port}`,
    `--cert-dir=${path.join(directory, "certs")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--token-auth-file=${path.join(directory, "tokens.csv")}`,
    "--authorization-mode=RBAC,Node",
    `--service-cluster-ip-range=${serviceRange}`,
    "--allow-privileged",
  ];
}
