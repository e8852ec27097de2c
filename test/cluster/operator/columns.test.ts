import { afterAll, beforeAll, expect, test } from "vitest";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import { typeOf } from "../served.ts";
import { collectionPath } from "../../../src/operator/kube/resource.ts";
import { eventually } from "../../builders/eventually.ts";
import { Hospital, SAMPLES, sampleOf } from "./hospital.ts";
import { hasKubectl, kubectl } from "./kubectl.ts";
import { runPods } from "./pods.ts";

/** What `kubectl get` shows of a hospital where everything runs and two messages wait. */

const ehr = sampleOf("Adapter", "ehr");
let rig: Hospital;
let noMorePods: () => Promise<void>;

beforeAll(async () => {
  rig = await Hospital.start();
  await rig.begin();
  noMorePods = await runPods(rig.api);
  await rig.apply();
  await ready();
  const hub = await connectHub({ url: rig.nats.url }, "sender");
  for (const id of ["1", "2"]) await publish(hub, "raw.default.ehr", id, { patienceMs: 5000 });
  await closeHub(hub);
  // What another one counts is said at once; from then on at most once a minute.
  await rig.restartOperator();
  await eventually(async () => JSON.stringify((await rig.get(ehr)).status).includes('"in":2'));
  await ready();
}, 180_000);
const ready = async (): Promise<void> => {
  for (const sample of SAMPLES)
    await eventually(async () => (await rig.conditionOf(sample, "Ready")).startsWith("True"));
};
afterAll(async () => {
  await noMorePods?.();
  await rig?.clear();
  await rig?.end();
});

/** What the API server prints, without the columns that only `-o wide` shows. */
async function tableOf(kind: string): Promise<Record<string, unknown>[]> {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const path = collectionPath(typeOf({ kind, metadata: { name: "" } }));
  const { body } = await rig.api.controlPlane.client("admin").request("GET", path, { accept });
  const { columnDefinitions, rows } = body as {
    columnDefinitions: { name: string; priority: number }[];
    rows: { cells: unknown[] }[];
  };
  return rows.map(({ cells }) =>
    Object.fromEntries(
      columnDefinitions.flatMap(({ name, priority }, i) => (priority === 0 ? [[name, cells[i]]] : [])),
    ),
  );
}

test("Adapters tell whether they are well and how many messages came, went and wait", async () => {
  const row = (await tableOf("Adapter")).find(({ Name }) => Name === "ehr");
  expect(Object.keys(row ?? {})).toEqual("Name Ready Reason In Out Quarantined Lag Age Message".split(" "));
  expect(row).toMatchObject({ Ready: "True", Reason: "Running", In: 2, Out: 0, Quarantined: 0, Lag: 2 });
  expect(row).toMatchObject({ Message: "its pod is ready" });
});

test("Integrations tell what they carry and to whom, all of them", async () => {
  const rows = await tableOf("Integration");
  const row = rows.find(({ Name }) => Name === "admissions");
  expect(row).toMatchObject({ Ready: "True", Reason: "Subscribed", Contract: "patient-admission" });
  const { spec } = sampleOf("Integration", "admissions") as unknown as {
    spec: { event: { to: { adapter: string }[] } };
  };
  expect(spec.event.to.length).toBeGreaterThan(1);
  for (const { adapter } of spec.event.to) expect(row?.["Message"]).toContain(adapter);
});

test.skipIf(!hasKubectl)("kubectl shows all kinds together within 120 columns", async () => {
  const lines = (await kubectl(rig.api.controlPlane, "get", "fascia")).split("\n").map((line) => line.trimEnd());
  expect(lines.filter((line) => line.startsWith("NAME"))).toHaveLength(3);
  expect(lines.find((line) => line.includes("/ehr "))).toMatch(/True +Running +2 +0 +0 +2 +\d+s +its pod is ready$/);
  expect(lines.filter((line) => line.length > 120)).toEqual([]);
});
