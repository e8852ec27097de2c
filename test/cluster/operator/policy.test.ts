import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { API_VERSION } from "../../../src/api/meta.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { readAudit } from "../../../src/ledger/audit.ts";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import { EVENTS } from "../../../src/operator/kube/events.ts";
import { isNotFound } from "../../../src/operator/kube/failure.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { aContractVersion, aSource, anAdapterClass } from "../../builders/resources.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { conditionOf, startOperator } from "./inprocess.ts";

/** There is no webhook here: whatever is applied is stored, and the operator alone keeps what is denied from taking effect. */

let api: Api;
let hub: TestHub;
let stop: () => Promise<void>;

const atNodes = (name: string, nodePort: number) =>
  aSource(name, 2575, { service: { type: "NodePort", nodePort } }, "default") as KubeObject;
const visit = aContractVersion() as KubeObject;
const ehr = atNodes("ehr", 30_100);
const lis = atNodes("lis", 30_100);
const adapterClass = anAdapterClass() as KubeObject;
const claim = {
  apiVersion: API_VERSION,
  kind: "DataDomain",
  metadata: { name: "care" },
  spec: { owner: "care", systems: [{ system: "ehr", adapters: [{ namespace: "elsewhere", name: "ehr" }] }] },
} as KubeObject;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  hub = await startHub();
  stop = startOperator(api.client, hub.nats.url);
});
afterEach(async () => {
  await removeAll(api.client, [ehr, lis, visit, claim, adapterClass]);
  await stop();
  // There is nobody here to collect what nobody owns any more.
  for (const type of [WORKLOAD_TYPES.Deployment, WORKLOAD_TYPES.Service])
    for (const name of ["fascia-ehr", "fascia-lis"]) await api.client.delete(type, { namespace: "default", name });
  await hub.stop();
});

const ready = (resource: KubeObject) => conditionOf(api.client, resource, "Ready");
const programmed = (resource: KubeObject) => conditionOf(api.client, resource, "Programmed");
const isConfigured = async ({ metadata: { name } }: KubeObject): Promise<boolean> =>
  typeof (await new ConfigReader(hub, { namespace: "default", name }).read()) === "object";
const portOf = async ({ metadata: { name } }: KubeObject): Promise<unknown> => {
  const config = await new ConfigReader(hub, { namespace: "default", name }).read();
  return typeof config === "object" ? config.spec.mllp?.source?.port : undefined;
};
const nodePortOf = async ({ metadata: { name } }: KubeObject): Promise<unknown> => {
  const where = { namespace: "default", name: `fascia-${name}` };
  const made = await api.client.get<KubeObject & { spec: { ports: { nodePort?: number }[] } }>(
    WORKLOAD_TYPES.Service,
    where,
  );
  return made.spec.ports.find(({ nodePort }) => nodePort !== undefined)?.nodePort;
};
const isMade = ({ metadata: { name } }: KubeObject): Promise<boolean> =>
  api.client.get(WORKLOAD_TYPES.Deployment, { namespace: "default", name: `fascia-${name}` }).then(
    () => true,
    (error: unknown) => {
      if (isNotFound(error)) return false;
      throw error;
    },
  );
const replicasOf = async ({ metadata: { name } }: KubeObject): Promise<unknown> => {
  const where = { namespace: "default", name: `fascia-${name}` };
  const made = await api.client.get<KubeObject & { spec: { replicas: number } }>(WORKLOAD_TYPES.Deployment, where);
  return made.spec.replicas;
};
const eventsOf = async ({ metadata }: KubeObject): Promise<string[]> => {
  type Event = KubeObject & { type: string; reason: string; regarding: { uid?: string } };
  const { uid } = (await api.client.get<ServedObject>(ADAPTERS, metadata)).metadata;
  const { items } = await api.client.list<Event>(EVENTS, { namespace: "default" });
  return items.filter(({ regarding }) => regarding.uid === uid).map(({ type, reason }) => `${type} ${reason}`);
};
const messageOf = async (resource: KubeObject): Promise<string | undefined> =>
  (await api.client.get<ServedObject>(typeOf(resource), resource.metadata)).status?.conditions?.find(
    ({ type }) => type === "Ready",
  )?.message;

test("of two that forbid one another the first is programmed, and nothing at all is made for the second", async () => {
  await applyAll(api.client, [visit, ehr]);
  await eventually(async () => expect(await programmed(ehr)).toBe("True Programmed"));
  await applyAll(api.client, [lis]);
  await eventually(async () => expect(await ready(lis)).toBe("False PolicyDenied"));
  expect(await messageOf(lis)).toContain("node port 30100 is taken by Adapter default/ehr: choose another one");
  expect(await messageOf(lis)).toContain("(listen/port-taken)");
  expect(await programmed(lis)).toBe("False PolicyDenied");
  expect([await isConfigured(ehr), await isConfigured(lis)]).toEqual([true, false]);
  expect([await isMade(ehr), await isMade(lis)]).toEqual([true, false]);
});

test("what is denied is on record once, and not again when another operator takes over", async () => {
  const denied = () => readAudit(hub, 0, ({ resource }) => resource.name === "lis");
  await applyAll(api.client, [visit, ehr]);
  await eventually(async () => expect(await programmed(ehr)).toBe("True Programmed"));
  await applyAll(api.client, [lis]);
  await eventually(async () => expect(await ready(lis)).toBe("False PolicyDenied"));
  await eventually(async () =>
    expect(await denied()).toMatchObject([
      {
        verdict: "Denied",
        by: "Operator",
        resource: { kind: "Adapter", namespace: "default", name: "lis", generation: 1 },
        rules: [{ rule: "listen/port-taken" }],
      },
    ]),
  );
  await stop();
  stop = startOperator(api.client, hub.nats.url);
  const labelled = { ...ehr, metadata: { ...ehr.metadata, labels: { seen: "again" } } };
  const wrong = { ...lis, metadata: { ...lis.metadata, name: "lis-2" } };
  await applyAll(api.client, [labelled, wrong]);
  await eventually(async () =>
    expect((await readAudit(hub, 0, () => true)).map(({ resource }) => resource.name)).toEqual(["lis", "lis-2"]),
  );
  await removeAll(api.client, [wrong]);
});

test("a contract whose example it does not take is not there for who emits it, until it is mended", async () => {
  const json = { schema: { required: ["ward"] } };
  const contract = (payload: unknown) =>
    aContractVersion({ json, examples: [{ name: "admission", payload }] }) as KubeObject;
  const wrong = contract({ CANARY: 1 });
  await applyAll(api.client, [wrong, ehr]);
  await eventually(async () => expect(await ready(wrong)).toBe("False PolicyDenied"));
  expect(await messageOf(wrong)).toContain("example admission: the payload breaks the contract visit 1.0.0");
  expect(await messageOf(wrong)).not.toContain("CANARY");
  await eventually(async () => expect(await ready(ehr)).toContain("False"));
  const right = contract({ ward: "north" });
  await applyAll(api.client, [right]);
  await eventually(async () => expect(await ready(right)).toBe("True Valid"));
  await eventually(async () => expect(await isConfigured(ehr)).toBe(true));
});

test("what a rule denies takes effect once the cause is gone, without an edit of its own", async () => {
  await applyAll(api.client, [visit, claim]);
  await eventually(async () => expect(await ready(claim)).toBe("True Valid"));
  await applyAll(api.client, [ehr]);
  await eventually(async () => expect(await ready(ehr)).toBe("False PolicyDenied"));
  expect([await isConfigured(ehr), await isMade(ehr)]).toEqual([false, false]);
  await removeAll(api.client, [claim]);
  await eventually(async () => expect(await programmed(ehr)).toBe("True Programmed"));
  expect([await isConfigured(ehr), await isMade(ehr)]).toEqual([true, true]);
});

test("an edit that is denied takes no effect, and what it would have replaced goes on", async () => {
  const before = atNodes("lis", 30_101);
  await applyAll(api.client, [visit, ehr, before]);
  for (const each of [ehr, before])
    await eventually(async () => expect(await programmed(each)).toBe("True Programmed"));
  const edited = aSource("lis", 2576, { service: { type: "NodePort", nodePort: 30_100 } }, "default") as KubeObject;
  await applyAll(api.client, [edited]);
  await eventually(async () => expect(await programmed(edited)).toBe("False PolicyDenied"));
  expect(await portOf(edited)).toBe(2575);
  const mended = aSource("lis", 2576, { service: { type: "NodePort", nodePort: 30_102 } }, "default") as KubeObject;
  await applyAll(api.client, [mended]);
  await eventually(async () => expect(await programmed(mended)).toBe("True Programmed"));
  expect(await portOf(mended)).toBe(2576);
});

test("what was in effect goes on over the next operator, whose edit meanwhile is denied, and is kept as it was", async () => {
  const before = atNodes("lis", 30_101);
  await applyAll(api.client, [visit, ehr, before]);
  for (const each of [ehr, before])
    await eventually(async () => expect(await programmed(each)).toBe("True Programmed"));
  await stop();
  const edited = aSource("lis", 2576, { service: { type: "NodePort", nodePort: 30_100 } }, "default") as KubeObject;
  await applyAll(api.client, [edited]);
  stop = startOperator(api.client, hub.nats.url);
  await eventually(async () => expect(await ready(lis)).toBe("False PolicyDenied"));
  expect([await programmed(lis), await portOf(lis)]).toEqual(["False PolicyDenied", 2575]);
  await api.client.delete(WORKLOAD_TYPES.Service, { namespace: "default", name: "fascia-lis" });
  await eventually(async () => expect(await nodePortOf(lis)).toBe(30_101));
});

test("what is in effect when somebody else's change denies it goes on and is told, also by the next operator", async () => {
  await applyAll(api.client, [visit, ehr]);
  await eventually(async () => expect(await programmed(ehr)).toBe("True Programmed"));
  await applyAll(api.client, [claim]);
  await eventually(async () => expect(await ready(ehr)).toBe("False PolicyDenied"));
  expect([await programmed(ehr), await isConfigured(ehr)]).toEqual(["True Programmed", true]);
  await stop();
  stop = startOperator(api.client, hub.nats.url);
  await applyAll(api.client, [lis]);
  await eventually(async () => expect(await ready(lis)).toBe("False PolicyDenied"));
  expect([await isConfigured(ehr), await isConfigured(lis)]).toEqual([true, false]);
  await removeAll(api.client, [claim]);
  await eventually(async () => expect(await ready(ehr)).not.toBe("False PolicyDenied"));
});

test("a class that comes to require more names at once who falls outside it, and stops nobody", async () => {
  const { spec } = anAdapterClass({}, { isDefault: true });
  const clinical = (tlsOutsidePodNetwork: boolean) =>
    ({ ...adapterClass, spec: { ...spec, require: { tlsOutsidePodNetwork } } }) as KubeObject;
  await applyAll(api.client, [clinical(false), visit, ehr]);
  await eventually(async () => expect(await programmed(ehr)).toBe("True Programmed"));
  await eventually(async () => expect(await messageOf(adapterClass)).toBe("it holds for 1 Adapter"));
  await applyAll(api.client, [clinical(true)]);
  await eventually(async () => expect(await ready(ehr)).toBe("False PolicyDenied"));
  expect(await messageOf(ehr)).toContain("AdapterClass clinical requires it");
  await eventually(async () => expect(await eventsOf(ehr)).toContain("Warning PolicyDenied"));
  await eventually(async () =>
    expect(await messageOf(adapterClass)).toBe("it holds for 1 Adapter; 1 outside it: default/ehr (baseline/tls)"),
  );
  expect(await programmed(ehr)).toBe("True Programmed");
  expect([await isConfigured(ehr), await isMade(ehr)]).toEqual([true, true]);
  const scaled = { ...ehr, spec: { ...(ehr as KubeObject & { spec: object }).spec, replicas: 2 } } as KubeObject;
  await applyAll(api.client, [scaled]);
  await eventually(async () => expect(await replicasOf(scaled)).toBe(2));
  await eventually(async () => expect(await programmed(scaled)).toBe("True Programmed"));
  await stop();
  stop = startOperator(api.client, hub.nats.url);
  await applyAll(api.client, [atNodes("lis", 30_101)]);
  await eventually(async () => expect(await ready(lis)).toBe("False PolicyDenied"));
  expect([await isConfigured(lis), await isMade(lis)]).toEqual([false, false]);
  expect(await isConfigured(ehr)).toBe(true);
});
