import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { cacheDir } from "../../src/standalone/cachedir.js";
import { checkGo } from "./go.js";
import { withLock } from "./lock.js";
import { elapsed, runQuietly, say } from "./progress.js";
import { atLeast, versionIn } from "./version.js";

/**
 * @typedef {object} Tool
 * @property {string} name
 * @property {string} directory where the go.mod is that pins it
 * @property {string} module whose version is the tool's
 * @property {string} package what is built
 * @property {string} takes how long a first build takes on two cores
 * @property {string[]} fromPath arguments that make a program on PATH print its version; empty: PATH is not looked at
 * @property {(version: string) => string[]} ldflags
 */

/** @type {Record<string, Tool>} */
const TOOLS = {
  "nats-server": {
    name: "nats-server",
    directory: ".",
    module: "github.com/nats-io/nats-server/v2",
    package: "github.com/nats-io/nats-server/v2",
    takes: "about 40 s",
    fromPath: ["--version"],
    ldflags: () => [],
  },
  etcd: {
    name: "etcd",
    directory: "etcd",
    module: "go.etcd.io/etcd/server/v3",
    package: "go.etcd.io/etcd/server/v3",
    takes: "about a minute",
    fromPath: [],
    ldflags: () => [],
  },
  "kube-apiserver": kubernetes("kube-apiserver", "about 6 minutes"),
  "kube-controller-manager": kubernetes("kube-controller-manager", "about 2 minutes"),
  "kube-scheduler": kubernetes("kube-scheduler", "about 15 s"),
  "kube-proxy": kubernetes("kube-proxy", "about 20 s"),
  kubectl: kubernetes("kubectl", "about 45 s"),
  kubelet: kubernetes("kubelet", "about 45 s"),
  containerd: containerd("containerd", "about 3 minutes"),
  "containerd-shim-runc-v2": containerd("containerd-shim-runc-v2", "about 10 s"),
  ctr: containerd("ctr", "about 20 s"),
  coredns: {
    name: "coredns",
    directory: "coredns",
    module: "github.com/coredns/coredns",
    package: ".",
    takes: "about a minute",
    fromPath: [],
    ldflags: () => [],
  },
  kstatus: {
    name: "kstatus",
    directory: "kstatus",
    module: "github.com/fluxcd/cli-utils",
    package: ".",
    takes: "about 10 s",
    fromPath: [],
    ldflags: () => [],
  },
  helm: {
    name: "helm",
    directory: "helm",
    module: "helm.sh/helm/v4",
    package: "helm.sh/helm/v4/cmd/helm",
    takes: "about 20 s",
    fromPath: [],
    ldflags: (version) => [`-X helm.sh/helm/v4/internal/version.version=${version}`],
  },
  kubeconform: {
    name: "kubeconform",
    directory: "kubeconform",
    module: "github.com/yannh/kubeconform",
    package: "github.com/yannh/kubeconform/cmd/kubeconform",
    takes: "about 10 s",
    fromPath: [],
    ldflags: (version) => [`-X main.version=${version}`],
  },
};

/** One of the programs of k8s.io/kubernetes. @param {string} name @param {string} takes @returns {Tool} */
function kubernetes(name, takes) {
  const module = "k8s.io/kubernetes";
  const directory = "kubernetes";
  return {
    name,
    directory,
    module,
    package: `${module}/cmd/${name}`,
    takes,
    fromPath: [],
    ldflags: kubernetesVersionFlags,
  };
}

/** One of containerd's programs. @param {string} name @param {string} takes @returns {Tool} */
function containerd(name, takes) {
  const module = "github.com/containerd/containerd/v2";
  const directory = "containerd";
  const ldflags = (/** @type {string} */ version) => [`-X ${module}/version.Version=${version}`];
  return { name, directory, module, package: `${module}/cmd/${name}`, takes, fromPath: [], ldflags };
}

/** What envtest's KUBEBUILDER_ASSETS holds. */
const ASSETS = new Set(["etcd", "kube-apiserver", "kubectl"]);

export const toolsDirectory = fileURLToPath(new URL("../tools/", import.meta.url));

/** A path in what is kept for all checkouts of this user: built programs, base images, the developer's cluster. @param {string[]} names */
export function cachePath(...names) {
  return path.join(cacheDir(), ...names);
}

/**
 * The path of a pinned tool, there or not: in the cache, or in KUBEBUILDER_ASSETS where that has it, as envtest lays it out.
 * @param {string} name
 */
export function toolPath(name) {
  const assets = process.env["KUBEBUILDER_ASSETS"];
  const asset = assets && ASSETS.has(name) ? path.join(assets, name) : undefined;
  if (asset !== undefined && existsSync(asset)) return asset;
  return cachePath("bin", `${name}-${pinnedVersion(toolNamed(name))}`);
}

/**
 * Builds a tool into the cache unless it is there or, where that will do, a new enough one is on PATH.
 * @param {string} name
 * @param {{ fromPath?: boolean }} options
 */
export async function ensureTool(name, { fromPath = true } = {}) {
  const tool = toolNamed(name);
  const version = pinnedVersion(tool);
  const file = toolPath(name);
  if (existsSync(file) || (fromPath && isElsewhere(tool, version))) return;
  const what = `building ${name} ${version}`;
  checkGo(name, version, path.join(toolsDirectory, tool.directory));
  await withLock(`${file}.lock`, what, async () => {
    if (existsSync(file)) return;
    say(`${what} from its Go module, once (${tool.takes} on two cores)`);
    const started = performance.now();
    await build(tool, version, file, what);
    say(`${name} ${version} built in ${elapsed(started)}: ${file}`);
  });
}

/** Builds beside the final name and renames, so that a program in the cache is always a whole one. */
async function build(
  /** @type {Tool} */ tool,
  /** @type {string} */ version,
  /** @type {string} */ file,
  /** @type {string} */ what,
) {
  const unfinished = `${file}.${process.pid}.unfinished`;
  const ldflags = ["-s", "-w", ...tool.ldflags(version)].join(" ");
  const args = ["build", "-buildvcs=false", "-trimpath", "-ldflags", ldflags, "-o", unfinished, tool.package];
  const options = { cwd: path.join(toolsDirectory, tool.directory), env: { ...process.env, CGO_ENABLED: "0" } };
  await mkdir(path.dirname(file), { recursive: true });
  try {
    await runQuietly(what, "go", args, options);
    await rename(unfinished, file);
  } finally {
    await rm(unfinished, { force: true });
  }
}

/** The version that the tool's go.mod requires, with `v`: the only place where it is written. @param {Pick<Tool, "directory" | "module">} tool */
export function pinnedVersion(tool) {
  const file = path.join(toolsDirectory, tool.directory, "go.mod");
  const line = readFileSync(file, "utf8")
    .split("\n")
    .map((text) =>
      text
        .trim()
        .replace(/^require /, "")
        .split(/\s+/),
    )
    .find(([module, version]) => module === tool.module && version?.startsWith("v"));
  if (line?.[1] === undefined) throw new Error(`${file} requires no ${tool.module}`);
  return line[1];
}

/** Whether there is another one, new enough: the one that FASCIA_NATS_SERVER names, or the first on PATH. @param {Tool} tool @param {string} version */
function isElsewhere(tool, version) {
  if (tool.fromPath.length === 0) return false;
  try {
    const program = process.env["FASCIA_NATS_SERVER"] || tool.name;
    const found = versionIn(
      execFileSync(program, tool.fromPath, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
    return found !== undefined && atLeast(found, version);
  } catch {
    // Not there, or not able to say its version: the cache's own is used.
    return false;
  }
}

/** Without these, clients fail to parse the server's version. @param {string} version */
function kubernetesVersionFlags(version) {
  const [major, minor] = version.slice(1).split(".");
  const values = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: "clean",
    gitCommit: "0",
    buildDate: "1970-01-01T00:00:00Z",
  };
  const server = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return [...server, `-X k8s.io/client-go/pkg/version.gitVersion=${version}`];
}

/** @param {string} name */
function toolNamed(name) {
  const tool = TOOLS[name];
  if (tool === undefined) throw new Error(`no tool ${name} is pinned under hack/tools`);
  return tool;
}
