import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { aContractVersion, aSource } from "../../builders/resources.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf as conditionIn, startOperator } from "./inprocess.ts";
import { runPods } from "./pods.ts";

/** The whole operator beside a real API server and a real hub. Nobody runs pods here: the test says what became of them. */

const { resources } = await loadManifests("config/samples/hospital");
const SAMPLES = [...resources.integrations, ...resources.adapters, ...resources.contractVersions] as KubeObject[];

let api: Api;
let nats: TestNats;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  nats = await startNats();
  stop = startOperator(api.client, nats.url);
});
afterEach(async () => {
  await stop();
  await removeAll(api.client, SAMPLES);
  await nats.stop();
});

const apply = (samples: readonly KubeObject[] = SAMPLES): Promise<void> => applyAll(api.client, samples);

const get = (sample: KubeObject): Promise<ServedObject> => api.client.get(typeOf(sample), sample.metadata);

const conditionOf = (sample: KubeObject, type: string) => conditionIn(api.client, sample, type);

const sampleOf = (kind: string, name: string): KubeObject => {
  const found = SAMPLES.find((sample) => sample.kind === kind && sample.metadata.name === name);
  if (!found) throw new Error(`no sample ${kind} ${name}`);
  return found;
};

test("resources become Deployments and a hub that knows them, and say truly when they are ready", async () => {
  await apply();
  const adapters = resources.adapters.map(({ metadata }) => `fascia-${metadata.name}`);
  await eventually(async () => {
    const { items } = await api.client.list(WORKLOAD_TYPES.Deployment, { namespace: "default" });
    expect(items.map(({ metadata }) => metadata.name).toSorted()).toEqual(adapters.toSorted());
  });
  for (const integration of resources.integrations as KubeObject[])
    await eventually(async () => expect(await conditionOf(integration, "Ready")).toBe("True Subscribed"));
  for (const version of resources.contractVersions as KubeObject[])
    await eventually(async () => expect(await conditionOf(version, "Ready")).toBe("True Valid"));
  for (const adapter of resources.adapters as KubeObject[]) {
    await eventually(async () => expect(await conditionOf(adapter, "Programmed")).toBe("True Programmed"));
    expect(await conditionOf(adapter, "Ready")).not.toMatch(/^True/);
  }
  onTestFinished(await runPods(api));
  for (const adapter of resources.adapters as KubeObject[])
    await eventually(async () => expect(await conditionOf(adapter, "Ready")).toBe("True Running"));
});

const countedFrom = (next: number) => (): number => next++;

/** Resolves when an Adapter that comes now, of a domain of its own, is made, programmed and told of: what was due before it is done. */
async function untilServed(port: number): Promise<void> {
  const contract = `newcomer${port}`;
  const version = aContractVersion({ contract, domain: contract }) as KubeObject;
  const spec = { emits: [{ contract, version: "1.0.0" }] };
  const adapter = aSource(contract, port, spec, "default") as KubeObject;
  onTestFinished(() => removeAll(api.client, [adapter, version]));
  await apply([version, adapter]);
  await eventually(async () => expect(await conditionOf(adapter, "Ready")).toBe("True Running"));
}

test("nothing is written once everything is as it should be, nor by an operator that starts anew", async () => {
  await apply();
  const ready = async (): Promise<void> => {
    for (const adapter of resources.adapters as KubeObject[])
      await eventually(async () => expect(await conditionOf(adapter, "Ready")).toBe("True Running"));
  };
  const versions = async () =>
    Object.fromEntries(
      await Promise.all(
        SAMPLES.map(async (s) => [`${s.kind} ${s.metadata.name}`, (await get(s)).metadata.resourceVersion]),
      ),
    );
  onTestFinished(await runPods(api));
  await ready();
  // What is counted for the first time is said.
  for (const adapter of resources.adapters as KubeObject[])
    await eventually(async () => expect((await get(adapter)).status).toHaveProperty("messages"));
  const ports = countedFrom(4000);
  await eventually(async () => {
    const before = await versions();
    await untilServed(ports());
    expect(await versions()).toEqual(before);
  });
  const before = await versions();
  await stop();
  const metrics = createOperatorMetrics({ process: false });
  stop = startOperator(api.client, nats.url, { metrics });
  // It knows now what it would say of messages.
  for (const { metadata } of resources.adapters)
    await eventually(async () => expect(await metrics.text()).toContain(`{adapter="default/${metadata.name}"}`));
  await untilServed(ports());
  expect(await versions()).toEqual(before);
});

test("what is missing is named, and taken up when it comes", async () => {
  const late = sampleOf("Adapter", "billing");
  await apply(SAMPLES.filter((sample) => sample !== late));
  const admissions = sampleOf("Integration", "admissions");
  await eventually(async () => expect(await conditionOf(admissions, "ResolvedRefs")).toBe("False AdapterMissing"));
  const { status } = await get(admissions);
  const refs = status?.conditions?.find(({ type }) => type === "ResolvedRefs");
  expect(refs?.message).toContain("Adapter billing does not exist in namespace default");
  await apply([late]);
  await eventually(async () => expect(await conditionOf(admissions, "Ready")).toBe("True Subscribed"));
});

test("a hub that is away is said, nothing is deleted, and it goes on by itself", async () => {
  await apply();
  const ehr = sampleOf("Adapter", "ehr");
  await eventually(async () => expect(await conditionOf(ehr, "Programmed")).toBe("True Programmed"));
  await nats.kill();
  await apply([
    { ...ehr, spec: { ...(ehr as KubeObject & { spec: object }).spec, owner: "x <x@hospital.example>" } } as KubeObject,
  ]);
  await eventually(async () => expect(await conditionOf(ehr, "Programmed")).toBe("Unknown HubUnavailable"));
  await api.client.get(WORKLOAD_TYPES.Deployment, { namespace: "default", name: "fascia-ehr" });
  await nats.restart();
  await eventually(async () => expect(await conditionOf(ehr, "Programmed")).toBe("True Programmed"), 60_000);
});
