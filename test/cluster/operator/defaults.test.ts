import { afterAll, beforeAll, expect, test } from "vitest";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { aContractVersion, aSource, anAdapterClass } from "../../builders/resources.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { applyAll } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { startOperator } from "./inprocess.ts";

let api: Api;
let hub: TestHub;
let stop: () => Promise<void>;

const ehr = { namespace: "default", name: "ehr" };
const clinical = (timeZone: string, cpu: string) =>
  anAdapterClass({}, { isDefault: true, defaults: { timeZone, resources: { requests: { cpu } } } }) as KubeObject;

beforeAll(async () => {
  api = await startApi();
  hub = await startHub();
  stop = startOperator(api.client, hub.nats.url);
}, 120_000);
afterAll(async () => {
  await stop?.();
  await hub?.stop();
  await api?.stop();
});

const served = () => api.client.get<ServedObject & { spec: object }>(ADAPTERS, ehr);

/** What the adapter goes by, its pods get, and its status tells. */
async function seen(): Promise<unknown[]> {
  type Deployed = KubeObject & { spec: { template: { spec: { containers: { resources: unknown }[] } } } };
  const config = await new ConfigReader(hub, ehr).read();
  const deployment = await api.client.get<Deployed>(WORKLOAD_TYPES.Deployment, { ...ehr, name: "fascia-ehr" });
  const { status } = await served();
  return [
    typeof config === "object" ? config.spec.timeZone : config,
    deployment.spec.template.spec.containers[0]?.resources,
    status?.["class"],
    status?.["defaults"],
  ];
}

test("an Adapter gets what its class says, at once when that changes, and stays as it was written", async () => {
  const resources = (cpu: string) => ({ requests: { cpu } });
  const given = ["spec.timeZone", "spec.resources"];
  await applyAll(api.client, [
    clinical("Europe/Berlin", "100m"),
    aContractVersion() as KubeObject,
    aSource("ehr", 2575, {}, "default") as KubeObject,
  ]);
  await eventually(async () => expect(await seen()).toEqual(["Europe/Berlin", resources("100m"), "clinical", given]));
  await applyAll(api.client, [clinical("Asia/Tokyo", "200m")]);
  await eventually(async () => expect(await seen()).toEqual(["Asia/Tokyo", resources("200m"), "clinical", given]));
  const { spec, metadata } = await served();
  expect(spec).not.toHaveProperty("timeZone");
  expect(spec).not.toHaveProperty("resources");
  expect(metadata.generation).toBe(1);
});
