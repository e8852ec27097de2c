import { execFile } from "node:child_process";
import { readFile, readdir, readlink, rm, rmdir } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { NETWORK, STATE } from "./layout.ts";

const run = promisify(execFile);
const NETWORKS = "/var/lib/cni/results";
const LOGS = "/var/log/containers";
const DEVICE_PLUGINS = "/var/lib/kubelet/device-plugins";

/** Inner ones first. */
const FIXED = [
  "/run/containerd/s",
  "/run/containerd",
  NETWORKS,
  "/var/lib/cni",
  DEVICE_PLUGINS,
  "/var/lib/kubelet",
  LOGS,
];

/** Unmounts everything beneath the cluster's directory, the innermost first. */
export async function unmountAll(): Promise<void> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  const ours = mounts
    .split("\n")
    .map((line) =>
      (line.split(" ")[4] ?? "").replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))),
    )
    .filter((target) => target.startsWith(`${STATE}/`));
  for (const target of ours.toReversed()) await run("umount", ["--lazy", target]);
}

/** Removes what the node's programs leave in fixed places, where nothing else is in them. */
export async function removeFixedPlaces(): Promise<void> {
  for (const link of await linksInto(LOGS)) await rm(link);
  const results = await readdir(NETWORKS).catch(() => []);
  // Those of the loopback interface carry the same container's id.
  const ids = results
    .filter((name) => name.startsWith(`${NETWORK}-`))
    .map((name) => name.slice(NETWORK.length + 1, -5));
  for (const name of results.filter((each) => ids.some((id) => each.includes(id)))) await rm(path.join(NETWORKS, name));
  await rm(path.join(DEVICE_PLUGINS, "kubelet.sock"), { force: true });
  const hierarchies = await readdir("/sys/fs/cgroup").catch(() => []);
  const cgroups = ["", ...hierarchies].map((name) => path.join("/sys/fs/cgroup", name, "k8s.io"));
  for (const directory of [...FIXED, ...cgroups]) {
    await rmdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (!["ENOENT", "ENOTEMPTY", "ENOTDIR", "EBUSY"].includes(error.code ?? "")) throw error;
    });
  }
}

/** Links of `directory` that lead into the cluster's own. */
async function linksInto(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  const links = await Promise.all(
    names.map(async (name) => {
      const link = path.join(directory, name);
      return { link, target: await readlink(link).catch(() => "") };
    }),
  );
  return links.filter(({ target }) => target.startsWith(`${STATE}/`)).map(({ link }) => link);
}
