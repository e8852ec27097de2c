import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { SOURCES } from "./crds.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A checkout in a directory of its own, with programs on PATH that stand for npm and go and write down their calls. */
let directory: string;
const at = (...names: string[]) => path.join(directory, ...names);
const cache = () => at("cache", "bin");
const NATS = "nats-server-v2.15.2";
const KSTATUS = "kstatus-v1.3.0";
const CONTROLLERS = "kube-controller-manager-v1.36.3";
const KUBECONFORM = "kubeconform-v0.8.0";

const FAKE_NPM = `echo "npm $*" >> "$CALLS"
mkdir -p node_modules/.bin && ln -sf "${process.execPath}" node_modules/.bin/node`;
const FAKE_GO = `if [ "$1" = env ]; then printf '%s\\nlocal\\n' "\${GO_VERSION:-go1.26.8}"; exit 0; fi
echo "go $*" >> "$CALLS"
if [ "$1" = mod ]; then exit 0; fi
if [ "$1" = list ]; then echo "$MODULES/$5"; exit 0; fi
while [ "$1" != -o ]; do shift; done
while [ -n "$GO_WAITS_FOR" ] && [ ! -e "$GO_WAITS_FOR" ]; do sleep 0.05; done
if [ -n "$GO_FAILS" ]; then for i in $(seq 100); do echo "line $i"; done; exit 2; fi
echo built > "$2"`;

beforeEach(async () => {
  directory = await realpath(await mkdtemp(path.join(os.tmpdir(), "fascia-setup-")));
  const shared = ["src/standalone/cachedir.js", "src/standalone/makedirectory.js"];
  for (const name of ["package.json", "package-lock.json", "hack/setup.js", "hack/setup", "hack/tools", ...shared]) {
    await cp(path.join(root, name), at(name), { recursive: true });
  }
  await mkdir(at("programs"));
  for (const name of ["sh", "mkdir", "ln", "sleep", "seq"]) await symlink(systemProgram(name), at("programs", name));
  for (const { module, folder, files } of SOURCES) {
    await mkdir(at("modules", module, folder), { recursive: true });
    for (const file of files) await writeFile(at("modules", module, folder, file), `${file}\n`);
  }
  await program("npm", FAKE_NPM);
  await program("go", FAKE_GO);
});

afterEach(() => rm(directory, { recursive: true, force: true }));

/** Nothing else of the machine is on PATH: it may have a go or a nats-server of its own. */
function systemProgram(name: string): string {
  return existsSync(`/bin/${name}`) ? `/bin/${name}` : `/usr/bin/${name}`;
}

async function program(name: string, script: string): Promise<void> {
  await writeFile(at("programs", name), `#!/bin/sh\n${script}\n`);
  await chmod(at("programs", name), 0o755);
}

async function setup(
  args: string[] = [],
  env: NodeJS.ProcessEnv = {},
  onOutput: (text: string) => void = () => {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [at("hack", "setup.js"), ...args], {
    cwd: "/",
    env: {
      PATH: at("programs"),
      HOME: directory,
      FASCIA_CACHE: at("cache"),
      CALLS: at("calls"),
      MODULES: at("modules"),
      ...env,
    },
  });
  let output = "";
  const collect = (chunk: Buffer) => onOutput((output += chunk.toString()));
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, output };
}

async function calls(): Promise<string[]> {
  const text = await readFile(at("calls"), "utf8").catch(() => "");
  return text.split("\n").filter((line) => line !== "");
}

describe("Set-up", () => {
  test("on a fresh checkout installs the npm packages and builds nats-server as it is pinned", async () => {
    const { code, output } = await setup();
    expect(output).toContain("installing npm packages");
    expect(output).toContain("building nats-server v2.15.2");
    expect(code).toBe(0);
    expect(await readdir(cache())).toEqual([NATS]);
    expect(await calls()).toEqual([
      expect.stringMatching(/^npm ci /),
      expect.stringMatching(/^go build .*github\.com\/nats-io\/nats-server\/v2$/),
    ]);
  });

  test("does nothing, and says nothing, when all is there", async () => {
    await setup();
    await rm(at("calls"));
    expect(await setup()).toEqual({ code: 0, output: "" });
    expect(await calls()).toEqual([]);
  });

  test("installs again when the lock file has changed", async () => {
    await setup();
    await writeFile(at("package-lock.json"), "{}");
    await setup();
    expect((await calls()).filter((call) => call.startsWith("npm"))).toHaveLength(2);
  });

  test("leaves packages alone that are another checkout's by a link", async () => {
    await mkdir(at("other"));
    await symlink(at("other"), at("node_modules"));
    const { code, output } = await setup();
    expect(code).toBe(1);
    expect(output).toContain("node_modules is a link");
    expect(await calls()).toEqual([]);
  });

  test("links the fascia command for npx", async () => {
    await setup();
    expect(await readdir(at("node_modules", ".bin"))).toContain("fascia");
  });

  test("builds the control plane for tests on demand, with the version that clients parse", async () => {
    await setup(["--with-cluster"]);
    const servers = ["kube-apiserver-v1.36.3", CONTROLLERS];
    expect(await readdir(cache())).toEqual(["etcd-v3.6.8", "helm-v4.3.1", KSTATUS, ...servers, KUBECONFORM, NATS]);
    const call = (await calls()).find((line) => line.includes("kube-apiserver"));
    expect(call).toContain("-X k8s.io/component-base/version.gitVersion=v1.36.3");
    expect(call).toContain("-X k8s.io/component-base/version.gitMinor=36");
  });

  test("brings CRDs of other operators on demand, as they are pinned, once", async () => {
    await setup(["--with-cluster"]);
    const kept = await readdir(at("cache", "crds"), { recursive: true });
    const [source] = SOURCES;
    expect(kept).toContain(path.join("cert-manager-v1.21.2", source?.files[0] ?? ""));
    expect((await calls()).filter((call) => call.startsWith("go mod download"))).toHaveLength(SOURCES.length);
    await rm(at("calls"));
    expect(await setup(["--with-cluster"])).toEqual({ code: 0, output: "" });
    expect(await calls()).toEqual([]);
  });

  test("uses the control plane that KUBEBUILDER_ASSETS holds, and builds what that lacks", async () => {
    await mkdir(at("assets"));
    for (const name of ["etcd", "kube-apiserver"]) await writeFile(at("assets", name), "");
    await setup(["--with-cluster"], { KUBEBUILDER_ASSETS: at("assets") });
    expect(await readdir(cache())).toEqual(["helm-v4.3.1", KSTATUS, CONTROLLERS, KUBECONFORM, NATS]);
  });

  test("run twice at once does the work once, and the other waits for it", async () => {
    const waiting = at("waiting");
    const goOnWhenOneWaits = (output: string) => {
      if (output.includes("another set-up is building")) writeFileSync(waiting, "");
    };
    const twice = [1, 2].map(() => setup([], { GO_WAITS_FOR: waiting }, goOnWhenOneWaits));
    expect((await Promise.all(twice)).map(({ code }) => code)).toEqual([0, 0]);
    expect(await calls()).toHaveLength(2);
    expect(await readdir(cache())).toEqual([NATS]);
  });

  test("takes over from one that was killed", async () => {
    const lock = path.join(cache(), `${NATS}.lock`);
    await mkdir(lock, { recursive: true });
    await utimes(lock, new Date(0), new Date(0));
    expect((await setup()).code).toBe(0);
    expect(await readdir(cache())).toEqual([NATS]);
  });

  test("fails at once where its cache can't be written to, and says so", async () => {
    const { code, output } = await setup([], { FASCIA_CACHE: "/proc/fascia" });
    expect(code).toBe(1);
    expect(output).toContain(
      "set-up: /proc/fascia/bin can't be written to (ENOENT): make it so, or name another cache",
    );
  });

  test("that fails to build shows both ends of the output and leaves nothing behind", async () => {
    const { code, output } = await setup([], { GO_FAILS: "1" });
    expect(code).toBe(1);
    expect(output).toMatch(/building nats-server v2\.15\.2 failed after \d+ s: exit code 2\nline 1\n/);
    expect(output).toContain("lines left out");
    expect(output).toContain("line 100\n");
    expect(await readdir(cache())).toEqual([]);
  });

  test("without Go says what to do", async () => {
    await rm(at("programs", "go"));
    const { code, output } = await setup();
    expect(code).toBe(1);
    expect(output).toContain("building nats-server v2.15.2 needs Go, and there is no go on PATH");
    expect(output).toContain("install Go 1.26.0 or later from https://go.dev/dl/");
    expect(output).toContain("or put nats-server v2.15.2 or later on PATH");
  });

  test("with a Go that is too old says so", async () => {
    const { code, output } = await setup([], { GO_VERSION: "go1.22.3" });
    expect(code).toBe(1);
    expect(output).toContain("needs Go 1.26.0 or later and this is 1.22.3");
  });

  test.each([
    ["is used where it is new enough", "2.15.2", 0],
    ["is used where it is newer", "2.16.0", 0],
    ["is passed by where it is older", "2.9.30", 1],
  ])("a nats-server on PATH %s", async (_title, version, builds) => {
    await program("nats-server", `echo "nats-server: v${version}"`);
    expect((await setup()).code).toBe(0);
    expect((await calls()).filter((call) => call.startsWith("go"))).toHaveLength(builds);
  });

  test("runs a script afterwards in the packaged Node, and ends as it does", async () => {
    await writeFile(at("script.mjs"), "console.log(process.argv.slice(2).join()); process.exitCode = 7;");
    const { code, output } = await setup(["--then", at("script.mjs"), "--exit", "a b"]);
    expect(output).toContain("--exit,a b\n");
    expect(code).toBe(7);
  });

  test("refuses an option that it does not know", async () => {
    const { code, output } = await setup(["--with-clutser"]);
    expect([code, output]).toEqual([
      1,
      "set-up: unknown option --with-clutser; there are --with-cluster and --then SCRIPT\n",
    ]);
  });
});
