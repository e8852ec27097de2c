import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { adapter } from "../../src/api/adapter.ts";
import { contractVersion } from "../../src/api/contractversion.ts";
import { integration } from "../../src/api/integration.ts";
import { compile } from "../../src/compile/compile.ts";
import { byKind } from "../../src/compile/resources.ts";
import { ConfigStore } from "../../src/jetstream/config.ts";
import { FloorStore } from "../../src/jetstream/floors.ts";
import { type Hub, closeHub, connectHub } from "../../src/jetstream/hub.ts";
import { ensureTopology } from "../../src/jetstream/topology.ts";
import { loadKeys } from "../../src/standalone/keys.ts";
import { eventually } from "../builders/eventually.ts";
import { mountSecret } from "../builders/kubelet.ts";
import { type TestNats, startNats } from "../builders/nats.ts";
import { freePort } from "../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../builders/process.ts";

/** `fascia adapter` as a pod runs it: no data directory, only what is mounted, and nobody but the hub to ask. */

const apiVersion = "fascia.dev/v1alpha1";
let dir: string;
let nats: TestNats;
let hub: Hub;
let system: Server;
/** Requests that the system has not answered yet. */
let waiting: ServerResponse[];
let sent = 0;
let port: number;
let telemetry: number;
let running: FasciaProcess[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "fascia-pod-"));
  nats = await startNats({ sync: "always" });
  hub = await connectHub({ url: nats.url }, "operator");
  [port, telemetry, running, waiting] = [await freePort(), await freePort(), [], []];
  system = createServer((request, response) => {
    request.resume();
    waiting.push(response);
  }).listen(0, "127.0.0.1");
  await once(system, "listening");
  await loadKeys(join(dir, "keys"));
  await mountSecret(join(dir, "secrets/clinic/token"), { token: "old" });
});

afterEach(async () => {
  for (const process of running) await process.kill();
  system.closeAllConnections();
  system.close();
  await closeHub(hub);
  await nats.stop();
  await rm(dir, { recursive: true });
});

function start(...more: string[]): FasciaProcess {
  const options = ["--nats", nats.url, "--keys", join(dir, "keys/keys.json"), "--secrets", join(dir, "secrets")];
  const served = ["--telemetry", `*:${telemetry}`, "--json", ...more];
  const process = spawnFascia(["adapter", "desk", ...options, ...served], { FASCIA_NAMESPACE: "clinic" });
  running.push(process);
  return process;
}

/** Does what the operator would: streams, consumers, and the adapter's configuration. */
async function program(listensOn: number): Promise<void> {
  const address = `http://127.0.0.1:${(system.address() as AddressInfo).port}/in`;
  const visit = { contract: "visit", version: "1.0.0" };
  const spec = { ...visit, domain: "visits", owner: "t", json: { schema: { type: "object" } } };
  const compiled = compile(
    byKind([
      contractVersion.parse({ apiVersion, kind: "ContractVersion", metadata: { name: "visit-v1.0.0" }, spec }),
      adapter.parse({
        apiVersion,
        kind: "Adapter",
        metadata: { name: "desk", namespace: "clinic" },
        spec: {
          system: "desk",
          owner: "t",
          http: {
            source: { port: listensOn, bearerTokenRef: { name: "token", key: "token" } },
            target: { url: address },
          },
          emits: [{ ...visit, key: "patient" }],
          accepts: [visit],
        },
      }),
      integration.parse({
        apiVersion,
        kind: "Integration",
        metadata: { name: "visits", namespace: "clinic" },
        spec: { owner: "t", event: { from: { contract: "visit", version: "^1.0.0" }, to: [{ adapter: "desk" }] } },
      }),
    ]),
  );
  expect(compiled.problems).toEqual([]);
  await ensureTopology(hub, compiled, {
    replicas: 1,
    storeBytes: 1024 ** 3,
    floors: await FloorStore.open(hub),
  });
  const configs = await ConfigStore.make(hub, { maxBytes: 8 * 1024 ** 2, replicas: 1 });
  for (const config of compiled.configs) await configs.put(config);
}

async function send(token = "old"): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/`, {
    method: "POST",
    body: JSON.stringify({ patient: "P1", visit: ++sent }),
    headers: { "content-type": "application/json", authorization: `Bearer ${token}`, connection: "close" },
  });
  await response.arrayBuffer();
  return response.status;
}

const probe = async (path: "readyz" | "healthz"): Promise<[number, string]> => {
  const response = await fetch(`http://127.0.0.1:${telemetry}/${path}`);
  return [response.status, await response.text()];
};
const unready = [503, expect.stringContaining("start of adapter clinic/desk")];

test("is live but not ready while it waits for the hub, for its configuration, and for its port", async () => {
  await nats.kill();
  const pod = start();
  await eventually(async () => expect(await probe("readyz")).toEqual(unready), 10_000);
  await nats.restart();
  await eventually(async () => expect((await hub.nc.rtt()) > 0).toBe(true), 10_000);
  const taken = createServer().listen(port);
  await once(taken, "listening");
  await program(port);
  await eventually(() => expect(pod.output().stderr).toContain("adapter not started"), 20_000);
  expect(await probe("readyz")).toEqual(unready);
  expect((await probe("healthz"))[0]).toBe(200);
  taken.close();
  await pod.ready;
  await eventually(async () => expect(await probe("readyz")).toEqual([200, "ok\n"]));
  expect(await send()).toBe(202);
}, 60_000);

test("takes a Secret that the kubelet renews for the next request, without a restart", async () => {
  await program(port);
  const pod = start();
  await pod.ready;
  expect([await send("old"), await send("new")]).toEqual([202, 401]);
  await mountSecret(join(dir, "secrets/clinic/token"), { token: "new" });
  expect([await send("old"), await send("new")]).toEqual([401, 202]);
});

test("asked to end, it is not ready any more, takes nothing new, ends what is under way, and then is gone", async () => {
  await program(port);
  const pod = start();
  await pod.ready;
  expect(await send()).toBe(202);
  await eventually(() => expect(waiting).toHaveLength(1), 10_000);
  process.kill(pod.pid, "SIGTERM");
  await eventually(async () => expect(await probe("readyz")).toEqual([503, "process: stopping\n"]));
  await eventually(() => expect(send()).rejects.toThrow("fetch failed"));
  waiting[0]?.writeHead(200).end();
  expect((await pod.ended).code).toBe(0);
  const again = start();
  await again.ready;
  expect(await send()).toBe(202);
  await eventually(() => expect(waiting).toHaveLength(2), 10_000);
});

test("ends by itself when the drain takes longer than it may", async () => {
  await program(port);
  const pod = start("--drain-timeout", "1");
  await pod.ready;
  expect(await send()).toBe(202);
  await eventually(() => expect(waiting).toHaveLength(1), 10_000);
  const asked = performance.now();
  process.kill(pod.pid, "SIGTERM");
  const { code, stderr } = await pod.ended;
  expect(code).toBe(1);
  expect(stderr).toContain("not ended in time");
  expect(performance.now() - asked).toBeLessThan(5000);
});
