import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { HOST_ADDRESS, NETWORK, inState } from "./layout.ts";

const run = promisify(execFile);
const SAVED = inState("sysctls.json");
const LOOPBACK = [`${HOST_ADDRESS}/32`, "dev", "lo"];

/** Settings of the kernel that kubelet, kube-proxy and CNI plugins change. */
const SYSCTLS = [
  "kernel/keys/root_maxbytes",
  "kernel/keys/root_maxkeys",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/ipv4/ip_forward",
  "net/netfilter/nf_conntrack_tcp_timeout_close_wait",
  "net/netfilter/nf_conntrack_tcp_timeout_established",
  "vm/overcommit_memory",
  "vm/panic_on_oom",
];

export async function addHostAddress(): Promise<void> {
  await run("ip", ["address", "replace", ...LOOPBACK]);
}

export async function removeHostAddress(): Promise<void> {
  const { stdout } = await run("ip", ["-oneline", "address", "show", "dev", "lo"]);
  if (stdout.includes(` ${HOST_ADDRESS}/`)) await run("ip", ["address", "delete", ...LOOPBACK]);
}

export async function saveSysctls(): Promise<void> {
  const there = SYSCTLS.map((name) => path.join("/proc/sys", name)).filter((file) => existsSync(file));
  const values = await Promise.all(there.map(async (file) => [file, await readFile(file, "utf8")]));
  await writeFile(SAVED, JSON.stringify(Object.fromEntries(values)));
}

export async function restoreSysctls(): Promise<void> {
  if (!existsSync(SAVED)) return;
  const saved = JSON.parse(await readFile(SAVED, "utf8")) as Record<string, string>;
  for (const [file, value] of Object.entries(saved)) {
    if ((await readFile(file, "utf8")) !== value) await writeFile(file, value);
  }
}

/** Removes the rules that neither CNI nor kube-proxy removed. */
export async function removeFirewallRules(): Promise<void> {
  const deletions = deletionsOf((await run("iptables-save")).stdout);
  if (deletions !== "") await feed("iptables-restore", ["--noflush"], deletions);
}

/**
 * What iptables-restore has to do to remove our rules from those that iptables-save printed: pods' rules carry the name of
 * their network and lead to chains of their own; kube-proxy leaves KUBE-FIREWALL behind.
 */
export function deletionsOf(saved: string): string {
  return saved
    .split(/^(?=\*)/m)
    .map(deletionsOfTable)
    .join("");
}

function deletionsOfTable(table: string): string {
  const [name = "", ...lines] = table.split("\n");
  const isOurs = (line: string) => line.includes(`name: \\"${NETWORK}\\"`) || / -j KUBE-FIREWALL\b/.test(line);
  const rules = lines.filter((line) => line.startsWith("-A ") && isOurs(line));
  const targets = rules.map((line) => / -j ((?:CNI|KUBE)-\S+)/.exec(line)?.[1]);
  const chains = [...new Set(targets)].filter((chain) => chain !== undefined);
  if (rules.length === 0) return "";
  const inChain = (rule: string) => chains.includes(rule.split(" ")[1] ?? "");
  const removed = rules.filter((rule) => !inChain(rule)).map((rule) => rule.replace("-A ", "-D "));
  return [
    name,
    ...removed,
    ...chains.map((chain) => `-F ${chain}`),
    ...chains.map((chain) => `-X ${chain}`),
    "COMMIT",
    "",
  ].join("\n");
}

function feed(program: string, args: string[], input: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, (error) => (error === null ? resolve() : reject(error)));
    child.stdin?.end(input);
  });
}
