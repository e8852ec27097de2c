import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { oursHash, wantedHash } from "../../src/operator/adapter/ours.ts";
import { FIELD_MANAGER } from "../../src/operator/kube/client.ts";
import { type KubeObject, objectPath } from "../../src/operator/kube/resource.ts";
import type { ServedAdapter, WorkloadObject } from "../../src/operator/workload/object.ts";
import type { WorkloadSettings } from "../../src/operator/workload/settings.ts";
import { WORKLOAD_TYPES } from "../../src/operator/workload/types.ts";
import { keysSecretOf, workloadOf } from "../../src/operator/workload/workload.ts";
import { eventually } from "../builders/eventually.ts";
import { allSettings, listens, sends, servedAdapter, settings, visit } from "../builders/workloads.ts";
import { messageOf } from "./api.ts";

let controlPlane: ControlPlane;
let admin: KubeClient;

/** The API server serves some groups a moment later than others. */
const make = (path: string, body: object) =>
  eventually(async () => {
    const answer = await admin.request("POST", path, { body });
    if (answer.status !== 201 && answer.status !== 409) throw new Error(messageOf(answer));
  }, 20_000);

/** The namespace takes only what the restricted Pod Security Standard allows. */
beforeAll(async () => {
  controlPlane = await startControlPlane();
  admin = controlPlane.client("admin");
  const labels = { "pod-security.kubernetes.io/enforce": "restricted" };
  await make("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "clinic", labels } });
  const named = { apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", metadata: { name: "clinical" } };
  await make("/apis/scheduling.k8s.io/v1/priorityclasses", { ...named, value: 1 });
}, 120_000);

afterAll(() => controlPlane?.stop());

/** The Deployment of an Adapter, with the template of its pods. */
function deploymentOf(adapter: ServedAdapter, set: WorkloadSettings) {
  const found = workloadOf(adapter, set).objects.find(({ kind }) => kind === "Deployment");
  if (found === undefined) throw new Error("no Deployment");
  return found as WorkloadObject & { spec: { template: { metadata: object; spec: object } } };
}

const pathOf = ({ kind, metadata }: WorkloadObject) => objectPath(WORKLOAD_TYPES[kind], metadata);

/** Applies `object` as the operator does; unknown fields are refused. Resolves to what the API server makes of it. */
async function apply(object: WorkloadObject): Promise<KubeObject> {
  const query = `fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`;
  const contentType = "application/apply-patch+yaml";
  const answer = await admin.request("PATCH", `${pathOf(object)}?${query}`, { contentType, body: object });
  if (answer.status >= 300) throw new Error(`${object.kind}: ${messageOf(answer)}`);
  return answer.body as KubeObject;
}

const allOf = (adapter: ServedAdapter, set: WorkloadSettings): WorkloadObject[] => [
  keysSecretOf(adapter, "{}"),
  ...workloadOf(adapter, set).objects,
];

/** Resolves to the resourceVersions by kind. */
async function applyAll(adapter: ServedAdapter, set: WorkloadSettings): Promise<Record<string, string | undefined>> {
  const versions: Record<string, string | undefined> = {};
  for (const object of allOf(adapter, set)) versions[object.kind] = (await apply(object)).metadata.resourceVersion;
  return versions;
}

const tls = { secretName: "tls" };
const everything = {
  mllp: { source: { port: 775, tls }, target: { host: "192.0.2.7", port: 2575, tls } },
  emits: [visit],
  accepts: [visit],
  replicas: 3,
  resources: { requests: { cpu: "1000m", memory: "1024Mi" }, limits: { cpu: 2, memory: 2_147_483_648 } },
  service: {
    type: "LoadBalancer",
    nodePort: 30_100,
    externalTrafficPolicy: "Local",
    annotations: { "metallb.io/address-pool": "clinic" },
    allowedCIDRs: ["10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"],
  },
  pod: {
    nodeSelector: { zone: "dmz" },
    tolerations: [
      { key: "dmz", operator: "Exists", effect: "NoExecute", tolerationSeconds: 60 },
      { operator: "Exists" },
    ],
    priorityClassName: "clinical",
    imagePullSecrets: [{ name: "own" }],
  },
};
const file = { source: { directory: "in", claimName: "in" }, target: { path: "/data/out.ndjson" } };
const { user: _, ...platform } = settings;

const adapters: [string, ServedAdapter, WorkloadSettings][] = [
  ["listens", servedAdapter(listens, "listens"), settings],
  ["sends", servedAdapter(sends, "sends"), { ...settings, nats: { url: "nats://hub", credentials: false } }],
  ["says everything", servedAdapter(everything, "everything"), allSettings],
  ["has files", servedAdapter({ file, emits: [visit], accepts: [visit] }, "files"), platform],
  ["has a name as long as may be", servedAdapter(listens, "7".repeat(63)), allSettings],
];

describe.each(adapters)("What is made for an Adapter that %s", (_title, adapter, set) => {
  test("is taken by the API server, and applying it again changes nothing", async () => {
    const first = await applyAll(adapter, set);
    expect(Object.keys(first)).toContain("Deployment");
    expect(await applyAll(adapter, set)).toEqual(first);
  });

  test("is known again as what was applied, by what the API server says of it", async () => {
    const objects = allOf(adapter, set);
    const made = await Promise.all(objects.map(async (object) => [object.kind, oursHash(await apply(object))]));
    expect(made).toEqual(objects.map((object) => [object.kind, wantedHash(object)]));
  });

  test("has pods that the restricted Pod Security Standard allows", async () => {
    const { template } = deploymentOf(adapter, set).spec;
    const body = { apiVersion: "v1", kind: "Pod", ...template, metadata: { ...template.metadata, name: "probe" } };
    const answer = await admin.request("POST", "/api/v1/namespaces/clinic/pods?dryRun=All&fieldValidation=Strict", {
      body,
    });
    expect(answer.status, messageOf(answer)).toBe(201);
  });
});

describe("A Deployment that is there", () => {
  const adapter = servedAdapter(listens, "drift");
  const deployment = deploymentOf(adapter, settings);
  const read = async () =>
    (await admin.request("GET", pathOf(deployment))).body as {
      metadata: { generation: number; annotations: Record<string, string> };
      spec: { replicas: number; template: object };
    };

  test("is put right where somebody edited it, and keeps what somebody else added", async () => {
    await applyAll(adapter, settings);
    const body = { metadata: { annotations: { note: "theirs" } }, spec: { replicas: 7 } };
    await admin.request("PATCH", pathOf(deployment), { contentType: "application/merge-patch+json", body });
    await applyAll(adapter, settings);
    const { metadata, spec } = await read();
    expect(spec.replicas).toBe(1);
    expect(metadata.annotations["note"]).toBe("theirs");
  });

  test("keeps its pods when the Adapter listens on another port; its Service leads there", async () => {
    const before = await read();
    const moved = servedAdapter({ ...listens, mllp: { source: { port: 2600 } } }, "drift");
    await applyAll(moved, settings);
    expect((await read()).spec.template).toEqual(before.spec.template);
    expect((await read()).metadata.generation).toBe(before.metadata.generation);
    const service = await admin.request(
      "GET",
      objectPath(WORKLOAD_TYPES.Service, { namespace: "clinic", name: "fascia-drift" }),
    );
    expect((service.body as { spec: { ports: object[] } }).spec.ports).toMatchObject([
      { port: 2600, targetPort: 2600 },
    ]);
  });

  test("drops what the Adapter does not say any more", async () => {
    const placed = servedAdapter({ ...listens, pod: { nodeSelector: { zone: "dmz" } } }, "drift");
    await applyAll(placed, settings);
    await applyAll(adapter, settings);
    expect((await read()).spec.template).not.toHaveProperty("spec.nodeSelector");
  });
});
