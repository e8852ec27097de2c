import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { KubeClient } from "./client.ts";
import type { Daemon } from "./daemon.ts";
import { threeFreePorts } from "./ports.ts";
import { type Identities, type Servers, startServers } from "./servers.ts";

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

/** Starts both, ready in about 5 s; `flags` are further ones of the API server. The programs are built by `node hack/setup.js --with-cluster`. */
export async function startControlPlane(
  identities: Identities = { admin: ["system:masters"] },
  flags: string[] = [],
): Promise<ControlPlane> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "fascia-cluster-"));
  const daemons: Daemon[] = [];
  const stop = async () => {
    for (const daemon of daemons.toReversed()) await daemon.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [etcdPort, peerPort, port] = await threeFreePorts();
    const servers = await startServers({
      identities,
      directory,
      address: "127.0.0.1",
      port,
      etcdPorts: [etcdPort, peerPort],
      serviceRange: "10.0.0.0/24",
      flags,
      onStart: (daemon) => void daemons.push(daemon),
    });
    return withClients(servers, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function withClients(servers: Servers, stop: () => Promise<void>): ControlPlane {
  const { url, ca, tokens } = servers.access;
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
  const close = async () => {
    for (const each of clients.values()) await each.close();
    await stop();
  };
  const { killApiServer, startApiServer } = servers;
  return { url, ca, token, client, killApiServer, startApiServer, stop: close };
}
