import { randomBytes, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { stringify } from "yaml";
import { type ControlPlane, startControlPlane } from "../../../hack/cluster/controlplane.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { installationKeys } from "../../../src/operator/keys.ts";
import { LEASES } from "../../../src/operator/manager/lease.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { ADAPTERS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import { newKeys, parseKeys } from "../../../src/standalone/keys.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { freePort } from "../../builders/ports.ts";
import { spawnFascia } from "../../builders/process.ts";
import { applyCrds } from "../api.ts";
import { type Connection, connect } from "../manager/rig.ts";
import { applyAll } from "../served.ts";

let controlPlane: ControlPlane;
let api: Connection;
let nats: TestNats;
let dir: string;
let env: Record<string, string>;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  nats = await startNats({ sync: "always" });
  await applyCrds(controlPlane.client("admin"));
  api = connect(controlPlane);
  dir = await mkdtemp(join(tmpdir(), "fascia-operator-"));
  env = { KUBECONFIG: join(dir, "kubeconfig") };
  await writeFile(env["KUBECONFIG"] ?? "", kubeconfig());
}, 120_000);
afterAll(async () => {
  await api?.access.close();
  await nats?.stop();
  await controlPlane?.stop();
  await rm(dir, { recursive: true, force: true });
});

function kubeconfig(): string {
  const ca = Buffer.from(controlPlane.ca).toString("base64");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "test", cluster: { server: controlPlane.url, "certificate-authority-data": ca } }],
    users: [{ name: "admin", user: { token: controlPlane.token("admin") } }],
    contexts: [{ name: "test", context: { cluster: "test", user: "admin" } }],
    "current-context": "test",
  });
}

/** Arguments of an operator with a configuration of its own; `more` is added to it, or stands in place of what it says. */
async function options(more: object = {}): Promise<string[]> {
  const config = {
    leaderElection: { lease: "fascia" },
    keys: { secretName: "fascia-keys" },
    nats: { url: nats.url, monitoringUrl: nats.monitoring },
    adapters: { image: "fascia:test" },
    ...more,
  };
  const file = join(dir, `${randomUUID()}.yaml`);
  await writeFile(file, stringify(config));
  return ["operator", "--config", file, "--json"];
}

test("`fascia operator` does its work beside a cluster, says whether it does, and gives its Lease back", async () => {
  const port = await freePort();
  const operator = spawnFascia(await options({ telemetry: { host: "127.0.0.1", port } }), env);
  await operator.ready;
  const { resources } = await loadManifests("config/samples/clinic");
  const { contractVersions, adapters, integrations } = resources;
  await applyAll(api.client, [...contractVersions, ...adapters, ...integrations] as KubeObject[]);
  const [integration] = resources.integrations as KubeObject[];
  await eventually(async () => {
    const { status } = await api.client.get<ServedObject>(INTEGRATIONS, integration?.metadata ?? { name: "" });
    expect(status?.conditions?.find(({ type }) => type === "Ready")).toMatchObject({ status: "True" });
  });
  for (const { metadata } of resources.adapters as KubeObject[]) {
    const made = { namespace: "default", name: `fascia-${metadata.name}` };
    await eventually(async () =>
      expect((await api.client.get(WORKLOAD_TYPES.Deployment, made)).metadata.name).toBe(made.name),
    );
    await eventually(async () => {
      const { status } = await api.client.get<ServedObject>(ADAPTERS, { namespace: "default", name: metadata.name });
      expect(status?.conditions?.find(({ type }) => type === "Durable")).toMatchObject({ status: "True" });
    });
  }
  expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200);
  expect(await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()).toContain(
    "controller_runtime_reconcile_total",
  );
  await operator.stop();
  expect((await operator.ended).code).toBe(0);
  const lease = await api.client.get<KubeObject & { spec: { holderIdentity?: string } }>(LEASES, {
    namespace: "default",
    name: "fascia",
  });
  expect(lease.spec.holderIdentity ?? "").toBe("");
});

test("`fascia operator` says what it lacks: a cluster, a configuration, keys that can be read", async () => {
  const nowhere = await spawnFascia(await options(), { KUBECONFIG: join(dir, "none") }).ended;
  expect(nowhere).toMatchObject({ code: 1 });
  expect(nowhere.stderr).toContain("kubeconfig");
  const wrong = await spawnFascia(await options({ telemetri: {} }), env).ended;
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.stderr).toContain("telemetri: unknown field");
  const damaged = { namespace: "default", name: "damaged" };
  await api.client.create(WORKLOAD_TYPES.Secret, { metadata: damaged });
  const keyless = await spawnFascia(await options({ keys: { secretName: "damaged" } }), env).ended;
  expect(keyless).toMatchObject({ code: 1 });
  expect(keyless.stderr).toContain("Secret default/damaged cannot be read as keys");
});

test("operators that begin at once have the same keys, and nobody ever makes others in their place", async () => {
  const secret = { namespace: "default", name: "several" };
  const begin = () => installationKeys(api.client, secret, () => newKeys(randomBytes));
  const [first = "", ...others] = await Promise.all(Array.from({ length: 8 }, begin));
  expect(() => parseKeys(first, "them")).not.toThrow();
  expect([...others, await begin()]).toEqual(Array<string>(8).fill(first));
  await expect(
    api.client.merge(WORKLOAD_TYPES.Secret, secret, { data: { "keys.json": "e30=" } }),
  ).rejects.toMatchObject({ status: 422 });
});
