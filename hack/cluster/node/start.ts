import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { toolPath } from "../../setup/tools.js";
import { KubeClient } from "../client.ts";
import { type Daemon, startDaemon } from "../daemon.ts";
import { threeFreePorts } from "../ports.ts";
import { kubeconfig } from "../kubeconfig.ts";
import { type Access, startServers } from "../servers.ts";
import { containerdConfig, corefile, kubeletConfig, networkConfig } from "./configs.ts";
import { ctr } from "./ctr.ts";
import * as layout from "./layout.ts";
import { record } from "./processes.ts";
import { addHostAddress, saveSysctls } from "./system.ts";

const { inState } = layout;
const READY_MS = 90_000;
const ADMIN = "admin";

/** Users of the API server, by what they run; the roles that these groups and names have come with Kubernetes. */
const IDENTITIES = {
  [ADMIN]: ["system:masters"],
  "system:kube-controller-manager": [],
  "system:kube-scheduler": [],
  "system:kube-proxy": [],
  [`system:node:${layout.NODE_NAME}`]: ["system:nodes"],
  coredns: ["system:masters"],
};

/** Starts a control plane and a node that outlive this process; `between` runs when images can be loaded. */
export async function startNode(between: () => Promise<void>): Promise<void> {
  await mkdir(layout.STATE, { recursive: true, mode: 0o700 });
  await saveSysctls();
  await addHostAddress();
  await makeKubeletClient();
  const access = await startApi();
  await writeConfigs(access);
  await startControllers();
  const containerd = await launch("containerd", ["--config", inState("containerd.toml")]);
  await containerd.waitFor(() => ctr("version"), READY_MS);
  await between();
  await untilNodeReady(await startKubelet(), access);
}

async function startApi(): Promise<Access> {
  const [etcdPort, peerPort] = await threeFreePorts();
  const client = inState("kubelet-client");
  const { access } = await startServers({
    identities: IDENTITIES,
    directory: layout.STATE,
    address: layout.HOST_ADDRESS,
    port: layout.API_PORT,
    etcdPorts: [etcdPort, peerPort],
    serviceRange: layout.SERVICE_RANGE,
    flags: [
      `--advertise-address=${layout.HOST_ADDRESS}`,
      `--kubelet-client-certificate=${client}.crt`,
      `--kubelet-client-key=${client}.key`,
      "--kubelet-preferred-address-types=InternalIP",
      "--enable-admission-plugins=NodeRestriction",
    ],
    outlives: true,
    onStart: record,
  });
  return access;
}

/** The certificate by which kubelet knows the API server, for `kubectl logs` and `exec`. */
async function makeKubeletClient(): Promise<void> {
  const file = inState("kubelet-client");
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", `${file}.key`];
  const subject = ["-subj", "/O=system:masters/CN=kube-apiserver", "-days", "365", "-out", `${file}.crt`];
  await promisify(execFile)("openssl", ["req", "-x509", ...key, ...subject]);
}

async function writeConfigs(access: Access): Promise<void> {
  const users = { coredns: "coredns", kubelet: `system:node:${layout.NODE_NAME}` };
  const controllers = ["kube-controller-manager", "kube-scheduler", "kube-proxy"];
  for (const [name, user] of [
    ...Object.entries(users),
    ...controllers.map((name) => [name, `system:${name}`] as const),
  ]) {
    await writePrivate(`${name}.kubeconfig`, kubeconfig(access, access.tokens[user] ?? ""));
  }
  await writePrivate("kubeconfig", kubeconfig(access, access.tokens[ADMIN] ?? ""));
  await mkdir(inState("cni"), { recursive: true });
  await writePrivate("cni/fascia.conflist", networkConfig());
  await writePrivate("containerd.toml", containerdConfig());
  await writePrivate("kubelet.yaml", kubeletConfig());
  await writePrivate("Corefile", corefile(await readFile("/etc/resolv.conf", "utf8")));
}

const writePrivate = (name: string, text: string) => writeFile(inState(name), text, { mode: 0o600 });

async function startControllers(): Promise<void> {
  const as = (name: string) => `--kubeconfig=${inState(`${name}.kubeconfig`)}`;
  const local = ["--bind-address=127.0.0.1", "--leader-elect=false"];
  await launch("kube-controller-manager", [
    as("kube-controller-manager"),
    ...local,
    `--service-account-private-key-file=${inState("sa.key")}`,
    `--root-ca-file=${inState("certs", "apiserver.crt")}`,
    "--use-service-account-credentials",
    `--flex-volume-plugin-dir=${inState("volume-plugins")}`,
  ]);
  await launch("kube-scheduler", [as("kube-scheduler"), ...local]);
  await launch("kube-proxy", [
    as("kube-proxy"),
    `--hostname-override=${layout.NODE_NAME}`,
    "--proxy-mode=iptables",
    `--cluster-cidr=${layout.POD_RANGE}`,
    "--conntrack-max-per-core=0",
    // Node ports are for this machine, not for its network.
    `--nodeport-addresses=${layout.HOST_ADDRESS}/32`,
    "--iptables-localhost-nodeports=false",
    "--healthz-bind-address=127.0.0.1:10256",
  ]);
  await launch("coredns", ["-conf", inState("Corefile")]);
}

function startKubelet(): Promise<Daemon> {
  return launch("kubelet", [
    `--config=${inState("kubelet.yaml")}`,
    `--kubeconfig=${inState("kubelet.kubeconfig")}`,
    `--root-dir=${inState("kubelet")}`,
    `--cert-dir=${inState("kubelet-certs")}`,
    `--hostname-override=${layout.NODE_NAME}`,
    `--node-ip=${layout.HOST_ADDRESS}`,
  ]);
}

async function launch(name: string, args: string[]): Promise<Daemon> {
  const daemon = await startDaemon(name, toolPath(name), args, layout.STATE, { outlives: true });
  await record(daemon);
  return daemon;
}

async function untilNodeReady(kubelet: Daemon, { url, ca, tokens }: Access): Promise<void> {
  const client = new KubeClient(url, ca, tokens[ADMIN] ?? "");
  await kubelet.waitFor(async () => {
    const { body } = await client.request("GET", `/api/v1/nodes/${layout.NODE_NAME}`);
    const { conditions = [] } = (body as { status?: { conditions?: { type: string; status: string }[] } }).status ?? {};
    if (!conditions.some(({ type, status }) => type === "Ready" && status === "True")) throw new Error("not Ready");
  }, READY_MS);
  await client.close();
}
