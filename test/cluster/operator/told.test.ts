import { StorageType } from "@nats-io/jetstream";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import { ADAPTERS, CONTRACT_VERSIONS } from "../../../src/operator/kinds.ts";
import { EVENTS } from "../../../src/operator/kube/events.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { PODS } from "../../../src/operator/pods/pods.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { adapterLabels } from "../../../src/operator/workload/names.ts";
import { eventually } from "../../builders/eventually.ts";
import { Hospital, SAMPLES, sampleOf } from "./hospital.ts";

/** What a person sees: events, and why pods do not run. */

type Event = KubeObject & { type: string; reason: string; note: string; regarding: { kind: string; name: string } };

let rig: Hospital;

beforeAll(async () => {
  rig = await Hospital.start();
}, 120_000);
afterAll(() => rig?.end());
beforeEach(() => rig.begin());
afterEach(() => rig.clear());

/** `Normal DeploymentMade`, say, of what was told of a resource since the test began. */
async function eventsOf({ kind, metadata }: KubeObject): Promise<string[]> {
  const { items } = await rig.api.client.list<Event>(EVENTS, { namespace: "default" });
  const about = items.filter(({ regarding }) => regarding.kind === kind && regarding.name === metadata.name);
  return about.map(({ type, reason }) => `${type} ${reason}`).toSorted();
}

const ehr = sampleOf("Adapter", "ehr");

async function aPod(name: string, status: object): Promise<void> {
  const { client } = rig.api;
  const metadata = { name, namespace: "default", labels: adapterLabels("ehr") };
  const spec = { serviceAccountName: "fascia-ehr", containers: [{ name: "adapter", image: "fascia:test" }] };
  await client.apply(PODS, { metadata, spec } as KubeObject);
  await client.applyStatus(PODS, { metadata: { name, namespace: "default" }, status } as KubeObject);
}

test("why a pod does not run is said in the Adapter's own line, until it runs", async () => {
  await rig.apply();
  await eventually(async () => expect(await rig.messageOf(ehr)).toContain("its Deployment was changed"));
  await rig.runPods({ ready: 0 });
  const scheduled = (status: string, message: string) => ({
    conditions: [{ type: "PodScheduled", status, message, lastTransitionTime: "2027-01-01T00:00:00Z" }],
  });
  await aPod("ehr-1", scheduled("False", "0/3 nodes are available: 3 Insufficient memory."));
  await eventually(async () =>
    expect(await rig.messageOf(ehr)).toBe(
      "0 of 1 pods are ready: pod ehr-1 finds no node: 0/3 nodes are available: 3 Insufficient memory.",
    ),
  );
  await rig.api.client.delete(PODS, { name: "ehr-1", namespace: "default" });
  await eventually(async () => expect(await rig.messageOf(ehr)).toBe("0 of 1 pods are ready"));
});

test("what happens to an Adapter is told as events: made, mended, ready, not ready any more", async () => {
  await rig.apply();
  await eventually(async () => expect(await eventsOf(ehr)).toEqual(["Normal DeploymentMade"]));
  await eventually(async () => {
    await rig.runPods();
    expect(await rig.conditionOf(ehr, "Ready")).toBe("True Running");
  });
  await eventually(async () => expect(await eventsOf(ehr)).toEqual(["Normal DeploymentMade", "Normal Running"]));
  const where = { namespace: "default", name: "fascia-ehr" };
  await rig.api.client.merge(WORKLOAD_TYPES.Deployment, where, { spec: { replicas: 7 } });
  await eventually(async () => expect(await eventsOf(ehr)).toContain("Warning DriftRepaired"));
  await eventually(async () => {
    await rig.runPods();
    expect(await rig.conditionOf(ehr, "Ready")).toBe("True Running");
  });
  await rig.runPods({ ready: 0 });
  await eventually(async () => expect(await eventsOf(ehr)).toContain("Warning PodsNotReady"));
});

test("what is waited for is told, and that it has come", async () => {
  const late = sampleOf("Adapter", "billing");
  await rig.apply((sample) => sample !== late);
  const admissions = sampleOf("Integration", "admissions");
  await eventually(async () => expect(await eventsOf(admissions)).toEqual(["Warning AdapterMissing"]));
  await rig.apply((sample) => sample === late);
  await eventually(async () =>
    expect(await eventsOf(admissions)).toEqual(["Normal Subscribed", "Warning AdapterMissing"]),
  );
});

test("a Secret that an adapter lacks is named by its word, also by an operator that starts anew, until it is there", async () => {
  const eligibility = sampleOf("Adapter", "eligibility");
  const path = "spec.http.target.bearerTokenRef";
  await rig.apply();
  const token = { bearerTokenRef: { name: "eligibility-token", key: "token" } };
  const where = { namespace: "default", name: "eligibility" };
  await rig.api.client.merge(ADAPTERS, where, { spec: { http: { target: token } } });
  await eventually(async () => expect(await rig.conditionOf(eligibility, "ResolvedRefs")).toBe("True Resolved"));
  const hub = await connectHub({ url: rig.nats.url }, "adapter");
  const report = (secrets: object) =>
    publish(hub, "lineage.default.eligibility.report", JSON.stringify([{ secrets }]), { patienceMs: 5000 });
  await report({ [path]: [] });
  await eventually(async () => expect(await rig.conditionOf(eligibility, "Ready")).toBe("False SecretMissing"));
  expect(await rig.messageOf(eligibility)).toBe(`Secret eligibility-token is not there, or has no token (${path})`);
  expect(await eventsOf(eligibility)).toContain("Warning SecretMissing");
  await rig.restartOperator();
  await rig.api.client.merge(ADAPTERS, where, { spec: { owner: "another team" } });
  await eventually(async () => expect(await rig.conditionOf(eligibility, "Ready")).toBe("False SecretMissing"));
  // Had it been taken back meanwhile, it would have been told a second time.
  expect((await eventsOf(eligibility)).filter((event) => event === "Warning SecretMissing")).toHaveLength(1);
  await report({});
  await eventually(async () => expect(await rig.conditionOf(eligibility, "ResolvedRefs")).toBe("True Resolved"));
  await closeHub(hub);
});

test("why an adapter can't run its present configuration is said, although its pods are ready; of another one it is not", async () => {
  await rig.apply();
  await eventually(async () => {
    await rig.runPods();
    expect(await rig.conditionOf(ehr, "Ready")).toBe("True Running");
  });
  const billing = sampleOf("Adapter", "billing");
  const hub = await connectHub({ url: rig.nats.url }, "adapter");
  const reason = "Secret ehr-tls: tls.crt is not a PEM file";
  const report = (adapter: string, revision: unknown) =>
    publish(hub, `lineage.default.${adapter}.report`, JSON.stringify([{ secrets: {}, revision, reason }]), {
      patienceMs: 5000,
    });
  await report("billing", "of-yesterday");
  await report("ehr", (await rig.get(ehr)).status?.["revision"]);
  await closeHub(hub);
  await eventually(async () => expect(await rig.conditionOf(ehr, "Ready")).toBe("False ConfigurationRefused"));
  expect(await rig.messageOf(ehr)).toBe(reason);
  expect(await rig.conditionOf(billing, "Ready")).toBe("True Running");
  expect(await eventsOf(ehr)).toContain("Warning ConfigurationRefused");
});

test("what somebody does to the hub is told of the Adapter that it was done to: mended, or a conflict", async () => {
  await rig.apply();
  for (const sample of SAMPLES.filter(({ kind }) => kind !== "ContractVersion"))
    await eventually(async () => expect(await rig.conditionOf(sample, "Programmed")).toBe("True Programmed"));
  const hub = await connectHub({ url: rig.nats.url }, "somebody");
  const before = await eventsOf(ehr);
  await hub.jsm.consumers.delete("RAW_default_ehr", "normalise");
  await eventually(async () => expect(await eventsOf(ehr)).toEqual([...before, "Warning DriftRepaired"].toSorted()));
  expect(await eventsOf(sampleOf("Adapter", "billing"))).not.toContain("Warning DriftRepaired");
  await rig.stopOperator();
  await hub.jsm.streams.delete("RAW_default_ehr");
  await hub.jsm.streams.add({ name: "RAW_default_ehr", subjects: ["raw.default.ehr"], storage: StorageType.Memory });
  rig.startOperator();
  await eventually(async () => expect(await eventsOf(ehr)).toContain("Warning TopologyConflict"));
  expect(await rig.conditionOf(ehr, "Ready")).toBe("False TopologyConflict");
  await closeHub(hub);
});

test("what messages have that their contract does not know is shown, counted and told once, also by an operator that starts anew", async () => {
  const version = sampleOf("ContractVersion", "patient-admission-v1.0.0");
  await rig.apply();
  const now = Date.now();
  const seen = (position: string, count: number) => ({
    contract: "patient-admission",
    version: "1.0.0",
    kind: "Field",
    position,
    count,
    firstSeen: now - 1000,
    lastSeen: now,
    message: "k1.m",
  });
  const hub = await connectHub({ url: rig.nats.url }, "adapter");
  const tell = (adapter: string, ...drift: object[]) =>
    publish(hub, `lineage.default.${adapter}.drift`, JSON.stringify([{ hop: "Drifted", drift }]), { patienceMs: 5000 });
  const { name } = version.metadata;
  const shown = async () => (await rig.api.client.get<ServedObject>(CONTRACT_VERSIONS, { name })).status ?? {};
  // Whoever does not use the version has nothing to say of it.
  await eventually(() => tell("nobody", seen("PID-99", 1)).then(() => true));
  await tell("ehr", seen("PID-30", 2), seen("PID-27", 7), { ...seen("x", 1), position: "Erika Mustermann" });
  await eventually(async () => expect(await shown()).toMatchObject({ driftCount: 2 }));
  const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
  const entry = { kind: "Field", firstSeen: instant, lastSeen: instant, message: "k1.m", adapters: ["default/ehr"] };
  expect((await shown())["drift"]).toEqual([
    { ...entry, position: "PID-27", count: 7 },
    { ...entry, position: "PID-30", count: 2 },
  ]);
  await eventually(async () => expect(await eventsOf(version)).toContain("Warning Drift"));
  await rig.stopOperator();
  await tell("ehr", seen("PID-27", 8), seen("PID-30", 2));
  rig.startOperator();
  await eventually(async () => expect((await shown())["drift"]).toMatchObject([{ count: 8 }, { count: 2 }]));
  expect((await eventsOf(version)).filter((event) => event === "Warning Drift")).toHaveLength(1);
  await rig.stopOperator();
  await tell("ehr");
  rig.startOperator();
  await eventually(async () => expect(await shown()).not.toHaveProperty("drift"));
  expect(await shown()).not.toHaveProperty("driftCount");
  await closeHub(hub);
});
