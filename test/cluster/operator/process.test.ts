import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { installationKeys } from "../../../src/operator/keys.ts";
import { LEASES } from "../../../src/operator/manager/lease.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { ADAPTERS, INTEGRATIONS } from "../../../src/operator/kinds.ts";
import { newKeys, parseKeys } from "../../../src/standalone/keys.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { spawnFascia } from "../../builders/process.ts";
import type { Connection } from "../manager/rig.ts";
import { applyAll } from "../served.ts";
import { type OperatorRig, startOperatorRig } from "./rig.ts";

let rig: OperatorRig;
let api: Connection;

beforeAll(async () => {
  rig = await startOperatorRig({ sync: "always" });
  api = rig.api;
}, 120_000);
afterAll(() => rig?.stop());

test("`fascia operator` does its work beside a cluster, says whether it does, and gives its Lease back", async () => {
  const operator = await rig.startOperator();
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
  expect(await operator.isReady()).toBe(true);
  expect(await operator.metrics()).toContain("controller_runtime_reconcile_total");
  await operator.stop();
  expect((await operator.ended).code).toBe(0);
  const lease = await api.client.get<KubeObject & { spec: { holderIdentity?: string } }>(LEASES, {
    namespace: "default",
    name: "fascia",
  });
  expect(lease.spec.holderIdentity ?? "").toBe("");
});

test("`fascia operator` says what it lacks: a cluster, a configuration, keys that can be read", async () => {
  const nowhere = await spawnFascia(await rig.args(), { KUBECONFIG: join(rig.dir, "none") }).ended;
  expect(nowhere).toMatchObject({ code: 1 });
  expect(nowhere.stderr).toContain("kubeconfig");
  const wrong = await spawnFascia(await rig.args({ telemetri: {} }), rig.env).ended;
  expect(wrong).toMatchObject({ code: 1 });
  expect(wrong.stderr).toContain("telemetri: unknown field");
  const damaged = { namespace: "default", name: "damaged" };
  await api.client.create(WORKLOAD_TYPES.Secret, { metadata: damaged });
  const keyless = await spawnFascia(await rig.args({ keys: { secretName: "damaged" } }), rig.env).ended;
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
