import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Capabilities without which no node can be run (capabilities(7)), by their numbers. */
const NEEDED = { CAP_NET_ADMIN: 12, CAP_SYS_ADMIN: 21 };

/** Why no node of its own can be run on this machine, for people; undefined where one can. */
export function lacking(): string | undefined {
  if (process.platform !== "linux") return "a node of its own needs Linux";
  if (process.getuid?.() !== 0) return "a node of its own needs root";
  const missing = Object.entries(NEEDED).filter(([, bit]) => !hasCapability(bit));
  if (missing.length > 0) return `a node of its own needs ${missing.map(([name]) => name).join(" and ")}`;
  if (!isCgroupWritable()) return "a node of its own needs cgroups that can be written to, at /sys/fs/cgroup";
  if (!hasProgram("dpkg-query") || !hasProgram("apt-get"))
    return "a node of its own needs Debian or Ubuntu, for its packages";
  return undefined;
}

function hasCapability(bit: number): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  return (BigInt(`0x${effective}`) >> BigInt(bit)) % 2n === 1n;
}

/** As mounted: in containers it often is for reading only. */
function isCgroupWritable(): boolean {
  const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
  const ours = mounts.map((line) => line.split(" ")).filter(([, , , , place]) => place?.startsWith("/sys/fs/cgroup"));
  return ours.some(([, , , , , options]) => options?.split(",").includes("rw"));
}

function hasProgram(name: string): boolean {
  try {
    execFileSync(name, ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
