import { execFile } from "node:child_process";
import { readFile, readdir, stat } from "node:fs/promises";
import { promisify } from "node:util";
import { beforeAll, describe, expect, test } from "vitest";
import { findProcesses, recorded } from "../../hack/cluster/node/processes.ts";
import { CONTAINERD_SOCKET, HOST_ADDRESS, STATE } from "../../hack/cluster/node/layout.ts";
import { podOf, untilPod } from "../node/pods.ts";
import { clusterWithImages, hack, kubectl } from "../node/tools.ts";

const run = promisify(execFile);
const REACH_API = 'fetch("https://kubernetes.default.svc/version").then((answer) => console.log(answer.status))';
const WRITE = `for (const file of ["/tmp/x", "/opt/fascia/x", "/x"]) {
  require("fs").writeFile(file, "", (error) => console.log(error?.code));
}`;

beforeAll(clusterWithImages, 1_800_000);

describe("A pod of Fascia's image, as little privileged as can be", () => {
  test("runs every entry point as a user that is not root", async () => {
    const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
      version: string;
    };
    await kubectl("apply", podOf("version", { args: ["--version"] }));
    await untilPod("version", "Succeeded");
    expect(await kubectl("logs", undefined, "version")).toBe(`${version}\n`);
  });

  test("finds Services by name, and the API server among them", async () => {
    await kubectl("apply", podOf("api", { command: ["node", "-e", REACH_API] }));
    await untilPod("api", "Succeeded");
    expect(await kubectl("logs", undefined, "api")).toBe("200\n");
  });

  test("cannot write anywhere", async () => {
    await kubectl("apply", podOf("writes", { command: ["node", "-e", WRITE] }));
    await untilPod("writes", "Succeeded");
    expect(await kubectl("logs", undefined, "writes")).toBe("EROFS\nEROFS\nEROFS\n");
  });
});

describe("`npm run cluster -- down`", () => {
  const machine = async () => ({
    rules: (await run("iptables-save")).stdout.split("\n").filter((line) => /KUBE-|CNI-/.test(line)),
    addresses: (await run("ip", ["-oneline", "address"])).stdout.includes(HOST_ADDRESS),
    mounts: (await readFile("/proc/self/mountinfo", "utf8")).includes(STATE),
    state: await stat(STATE).then(
      () => true,
      () => false,
    ),
    places: (await readdir("/run")).filter((name) => ["containerd", "nri"].includes(name)),
    interfaces: (await run("ip", ["-oneline", "link"])).stdout.split("\n").filter((line) => line.includes(": veth")),
    shims: findProcesses("shim", (_program, args) => args.includes(CONTAINERD_SOCKET)),
  });
  const nothing = { rules: [], addresses: false, mounts: false, state: false, places: [], interfaces: [], shims: [] };

  test("leaves nothing behind, not even after everything was killed", { timeout: 600_000 }, async () => {
    await kubectl("apply", podOf("lasting", { command: ["node", "-e", "setInterval(() => {}, 1000)"] }));
    await untilPod("lasting", "Running");
    for (const { pid } of await recorded()) process.kill(pid, "SIGKILL");
    await hack("cluster", "down");
    expect(await machine()).toEqual(nothing);
  });

  test("leaves nothing behind when pods are running", { timeout: 600_000 }, async () => {
    await clusterWithImages();
    await kubectl("apply", podOf("lasting", { command: ["node", "-e", "setInterval(() => {}, 1000)"] }));
    await untilPod("lasting", "Running");
    await hack("cluster", "down");
    expect(await machine()).toEqual(nothing);
  });
});
