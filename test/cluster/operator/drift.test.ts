import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADAPTERS, CONTRACT_VERSIONS } from "../../../src/operator/kinds.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { fingerprintOf } from "../../../src/operator/adapter/made.ts";
import { WORKLOAD_TYPES, type WorkloadKind } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { aContractVersion, aSource } from "../../builders/resources.ts";
import { type Api, startApi } from "../startapi.ts";
import { startOperator } from "./inprocess.ts";

/** Objects that were made for an Adapter, after somebody has laid hands on them. */

const ehr = aSource("ehr", 2575, { replicas: 2 }, "default") as KubeObject;
const where = { namespace: "default", name: "fascia-ehr" };

let api: Api;
let nats: TestNats;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
  nats = await startNats();
  stop = startOperator(api.client, nats.url);
  await api.client.apply(CONTRACT_VERSIONS, aContractVersion() as KubeObject);
  await api.client.apply(ADAPTERS, ehr);
}, 120_000);
afterAll(async () => {
  await stop?.();
  await nats?.stop();
  await api?.stop();
});

const get = (kind: WorkloadKind) => api.client.get<KubeObject>(WORKLOAD_TYPES[kind], where);

/** Everything but uid and what the API server chooses anew for another object of the same name. */
function contentOf(object: KubeObject): string {
  const { metadata, ...rest } = structuredClone(object) as KubeObject & { spec?: Record<string, unknown> };
  for (const chosen of ["clusterIP", "clusterIPs"]) delete rest.spec?.[chosen];
  return fingerprintOf({ ...rest, metadata: { ...metadata, uid: "" } });
}

const content = async (kind: WorkloadKind): Promise<string> => contentOf(await get(kind));

/** What a person might change of each. */
const CHANGES: [WorkloadKind, object][] = [
  ["Deployment", { spec: { replicas: 7 } }],
  ["Deployment", { metadata: { labels: { "app.kubernetes.io/managed-by": null } } }],
  ["Service", { spec: { selector: { "app.kubernetes.io/instance": "other" } } }],
  ["Service", { metadata: { ownerReferences: null } }],
  ["ServiceAccount", { automountServiceAccountToken: true }],
  ["NetworkPolicy", { spec: { ingress: [{}] } }],
  ["PodDisruptionBudget", { spec: { maxUnavailable: 2 } }],
];

describe("An object of an Adapter", () => {
  test.each(CHANGES)("is put right at once when somebody changes it: %s %j", async (kind, change) => {
    await eventually(() => get(kind).then(() => true));
    const before = await content(kind);
    expect(contentOf(await api.client.merge(WORKLOAD_TYPES[kind], where, change))).not.toBe(before);
    await eventually(async () => expect(await content(kind)).toBe(before), 10_000);
  });

  test.each([...new Set(CHANGES.map(([kind]) => kind))])(
    "is made again at once when somebody deletes it: %s",
    async (kind) => {
      await eventually(() => get(kind).then(() => true));
      const before = await content(kind);
      const { uid } = (await get(kind)).metadata;
      await api.client.delete(WORKLOAD_TYPES[kind], where);
      await eventually(async () => expect((await get(kind)).metadata.uid).not.toBe(uid), 10_000);
      expect(await content(kind)).toBe(before);
    },
  );

  test("keeps what somebody added", async () => {
    const change = { metadata: { annotations: { "example.com/team": "lab" } } };
    await api.client.merge(WORKLOAD_TYPES.Service, where, { ...change, spec: { type: "NodePort" } });
    await eventually(async () =>
      expect((await get("Service")) as KubeObject & { spec: object }).toMatchObject({
        ...change,
        spec: { type: "ClusterIP" },
      }),
    );
  });

  test("goes when the Adapter wants it no more, and comes back when it does", async () => {
    const names = async () => {
      const { items } = await api.client.list(WORKLOAD_TYPES.PodDisruptionBudget, { namespace: "default" });
      return items.map(({ metadata }) => metadata.name);
    };
    await api.client.merge(ADAPTERS, ehr.metadata, { spec: { replicas: 1 } });
    await eventually(async () => expect(await names()).toEqual([]));
    await api.client.merge(ADAPTERS, ehr.metadata, { spec: { replicas: 2 } });
    await eventually(async () => expect(await names()).toEqual(["fascia-ehr"]));
  });
});
