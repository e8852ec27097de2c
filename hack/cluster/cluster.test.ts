import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../cluster.ts", import.meta.url));

/** A machine of its own: programs that write down their calls, and an empty cache. */
let directory: string;
const at = (...names: string[]) => path.join(directory, ...names);

const KUBECTL = `printf "%s\\n" "kubectl $*" >> "$CALLS"; if [ -n "$NO_CLUSTER" ]; then echo refused >&2; exit 1; fi; echo "one True"; echo "two False"`;
const KIND = `echo "kind $*" >> "$CALLS"
case "$1 $2" in
  "get clusters") if [ -e "$CLUSTERS" ]; then cat "$CLUSTERS"; fi;;
  "create cluster") echo fascia > "$CLUSTERS"; while [ "$1" != --kubeconfig ]; do shift; done; echo config > "$2";;
  "delete cluster") rm "$CLUSTERS";;
esac`;
const GO = `if [ "$1" = env ]; then printf 'go1.26.8\\nlocal\\n'; exit 0; fi
while [ "$1" != -o ]; do shift; done; echo built > "$2"`;

beforeEach(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), "fascia-cluster-test-"));
  await program("assets", "kubectl", KUBECTL);
  await program("programs", "go", GO);
  // Nothing else of this machine is on PATH, so that no test can start or stop anything on it.
  for (const name of ["sh", "cat", "rm"]) await symlink(`/bin/${name}`, at("programs", name));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

async function program(folder: string, name: string, text: string): Promise<void> {
  await mkdir(at(folder), { recursive: true });
  await writeFile(at(folder, name), `#!/bin/sh\n${text}\n`);
  await chmod(at(folder, name), 0o755);
}

function cluster(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
  const paths = {
    FASCIA_CACHE: at("cache"),
    KUBEBUILDER_ASSETS: at("assets"),
    CALLS: at("calls"),
    CLUSTERS: at("clusters"),
  };
  const options = { env: { PATH: at("programs"), HOME: directory, ...paths, ...env } };
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

const calls = async () =>
  (await readFile(at("calls"), "utf8").catch(() => "")).split("\n").filter((line) => line !== "");

describe("A cluster that is there already", () => {
  test.each([
    ["--kubeconfig", ["--kubeconfig", "/some/config"], {}],
    ["KUBECONFIG", [], { KUBECONFIG: "/some/config" }],
  ])("and that %s names is used", async (_title, args, env) => {
    const { code, output } = await cluster(["up", ...args], env);
    expect(output).toContain("one node is ready: one\n");
    expect(output).toContain("export KUBECONFIG=/some/config\n");
    expect(code).toBe(0);
    expect(await calls()).toEqual([expect.stringMatching(/^kubectl --kubeconfig \/some\/config get nodes /)]);
  });

  test("and does not answer is told of", async () => {
    const { code, output } = await cluster(["status", "--kubeconfig", "/some/config"], { NO_CLUSTER: "1" });
    expect(output).toContain("set-up: the cluster of /some/config does not answer: ");
    expect(code).toBe(1);
  });
});

describe("Where kind is", () => {
  beforeEach(() => program("programs", "kind", KIND));

  test("it makes the cluster, once, and takes it away", async () => {
    expect(await cluster(["up"])).toMatchObject({ code: 0 });
    const { output } = await cluster(["up"]);
    expect(output).toContain(`export KUBECONFIG=${at("cache", "cluster", "kubeconfig")}`);
    expect((await calls()).filter((call) => call.startsWith("kind create"))).toHaveLength(1);
    expect((await cluster(["down"])).output).toContain("the cluster is gone");
    expect((await cluster(["down"])).output).toContain("there is no cluster");
    expect((await calls()).filter((call) => call.startsWith("kind delete"))).toHaveLength(1);
  });

  test("what `up` printed may be exported for the next `up`", async () => {
    const env = { KUBECONFIG: at("cache", "cluster", "kubeconfig") };
    expect(await cluster(["up"], env)).toMatchObject({ code: 0 });
    expect(await calls()).toContainEqual(expect.stringContaining("kind create cluster --name fascia"));
  });
});

describe("Status", () => {
  test("without a cluster says how to get one", async () => {
    expect(await cluster(["status"])).toEqual({
      code: 1,
      output: "set-up: there is no cluster: run `npm run cluster -- up`\n",
    });
  });

  test("says which of the programs has ended", async () => {
    await mkdir(at("cache", "cluster"), { recursive: true });
    const own = { name: "etcd", pid: process.pid, startTime: "1" };
    await writeFile(at("cache", "cluster", "processes.json"), JSON.stringify([own]));
    expect((await cluster(["status"])).output).toContain("etcd has ended");
  });
});

test("An unknown command is refused", async () => {
  const { code, output } = await cluster(["start"]);
  expect([code, output]).toEqual([1, "set-up: say what to do: up, down or status\n"]);
});
