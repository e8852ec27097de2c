import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../../builders/eventually.ts";
import { type Api, startApi } from "../startapi.ts";
import { CONFIG_MAPS, configMap, newNamespace, watched } from "./rig.ts";

let direct: Api;
let directory: string;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  direct = await startApi({ crds: false });
  directory = await mkdtemp(join(tmpdir(), "fascia-stalled-"));
  await writeFile(join(directory, "ca.crt"), direct.controlPlane.ca);
}, 120_000);

afterEach(() => {
  for (const child of processes.splice(0)) child.kill("SIGKILL");
});

afterAll(async () => {
  await direct?.stop();
  await rm(directory, { recursive: true });
});

function startLeader(namespace: string, identity: string): ChildProcess {
  const script = fileURLToPath(new URL("leader.ts", import.meta.url));
  const args = [
    script,
    direct.controlPlane.url,
    join(directory, "ca.crt"),
    direct.controlPlane.token("admin"),
    namespace,
    identity,
  ];
  const child = spawn(process.execPath, args, { stdio: "inherit" });
  processes.push(child);
  return child;
}

/** Who wrote, in order, repetitions left out. */
async function writers(namespace: string) {
  await newNamespace(direct.client, namespace);
  await direct.client.apply(CONFIG_MAPS, configMap(namespace, "led"));
  const { cache, changes } = await watched(direct.client, { namespaces: [namespace] });
  const all = () => changes.map((change) => (change.type === "updated" ? change.object.data?.["by"] : undefined));
  return { cache, inOrder: () => all().filter((by, index) => by !== undefined && by !== all()[index - 1]) };
}

test("A leader that stood still in the middle of its work writes nothing once another one leads, and ends", async () => {
  const { cache, inOrder } = await writers("stopped");
  const first = startLeader("stopped", "first");
  await eventually(() => expect(inOrder()).toEqual(["first"]), 15_000);
  startLeader("stopped", "second");
  await pause(1000);
  first.kill("SIGUSR2");
  await eventually(() => expect(inOrder()).toEqual(["first", "second"]), 15_000);
  const ended = once(first, "exit");
  first.kill("SIGCONT");
  expect(await ended).toEqual([3, null]);
  await pause(500);
  expect(inOrder()).toEqual(["first", "second"]);
  await cache.stop();
});

test("A leader that was killed is followed by another one when its time is over", async () => {
  const { cache, inOrder } = await writers("killed");
  const first = startLeader("killed", "first");
  await eventually(() => expect(inOrder()).toEqual(["first"]), 15_000);
  startLeader("killed", "second");
  await pause(1000);
  const began = performance.now();
  first.kill("SIGKILL");
  await eventually(() => expect(inOrder()).toEqual(["first", "second"]), 15_000);
  expect(performance.now() - began).toBeLessThan(6000);
  await cache.stop();
});
