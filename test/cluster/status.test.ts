import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ControlPlane, startControlPlane } from "../../hack/cluster/controlplane.ts";
import type { KubeClient } from "../../hack/cluster/client.ts";
import { FIELD_MANAGER } from "../../src/operator/kube/client.ts";
import { type AdapterFacts, adapterVerdicts } from "../../src/operator/status/adapter.ts";
import { type Condition, conditionsOf } from "../../src/operator/status/conditions.ts";
import { selectorText } from "../../src/operator/workload/names.ts";
import { listens } from "../builders/workloads.ts";
import { applyCrds, create, messageOf, pathOf } from "./api.ts";

const apiVersion = "fascia.dev/v1alpha1";
const ehr = `${pathOf("Adapter")}/ehr`;
const facts: AdapterFacts = {
  invalid: [],
  missing: [],
  hub: { state: "Programmed" },
  durable: { durable: true },
  deployment: { observed: true, wanted: 1, updated: 1, ready: 1, total: 1, deadlineExceeded: false },
};

let controlPlane: ControlPlane;
let admin: KubeClient;

beforeAll(async () => {
  controlPlane = await startControlPlane();
  admin = controlPlane.client("admin");
  await applyCrds(admin);
  const spec = { system: "ehr", owner: "applications", ...listens };
  const created = await create(admin, { apiVersion, kind: "Adapter", metadata: { name: "ehr" }, spec } as {
    kind: string;
  });
  if (created.status !== 201) throw new Error(messageOf(created));
}, 120_000);

afterAll(() => controlPlane?.stop());

/** Writes an Adapter's status as the operator does. Resolves to the conditions and the resourceVersion. */
async function write(found: AdapterFacts, previous: Condition[], now: string) {
  const conditions = conditionsOf(adapterVerdicts(found), 1, previous, now);
  const status = {
    observedGeneration: 1,
    conditions,
    replicas: 1,
    readyReplicas: 1,
    selector: selectorText("ehr"),
    revision: "0123456789abcdef",
    messages: { in: 4211, out: 0, quarantined: 2, lag: 7 },
  };
  const answer = await admin.request(
    "PATCH",
    `${ehr}/status?fieldManager=${FIELD_MANAGER}&force=true&fieldValidation=Strict`,
    {
      contentType: "application/apply-patch+yaml",
      body: { apiVersion, kind: "Adapter", metadata: { name: "ehr" }, status },
    },
  );
  expect(answer.status, messageOf(answer)).toBe(200);
  return { conditions, version: (answer.body as { metadata: { resourceVersion: string } }).metadata.resourceVersion };
}

describe("The status of an Adapter on the API server", () => {
  test("is taken as it is decided, and writing the same again changes nothing", async () => {
    const first = await write(facts, [], "2027-01-01T00:00:00Z");
    const second = await write(facts, first.conditions, "2027-01-01T00:01:00Z");
    expect(second.version).toBe(first.version);
    const third = await write({ ...facts, hub: { state: "Pending" } }, first.conditions, "2027-01-01T00:02:00Z");
    expect(third.version).not.toBe(first.version);
  });

  test("tells in one line what is well and, if not, why", async () => {
    const missing = [
      { kind: "Secret", text: "Secret ehr-tls is not there", path: "spec.mllp.source.tls.secretName" },
    ] as const;
    await write({ ...facts, missing: [...missing] }, [], "2027-01-01T00:03:00Z");
    const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    const { body } = await admin.request("GET", ehr, { accept });
    const { columnDefinitions, rows } = body as {
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[] }[];
    };
    const shown = columnDefinitions.map(({ name, priority }, i) => [name, priority, rows[0]?.cells[i]] as const);
    const line = shown.filter(([, priority]) => priority === 0).map(([name, , cell]) => [name, cell]);
    expect(line.filter(([name]) => name !== "Age")).toEqual([
      ["Name", "ehr"],
      ["Ready", "False"],
      ["Reason", "SecretMissing"],
      ["In", 4211],
      ["Out", 0],
      ["Quarantined", 2],
      ["Lag", 7],
      ["Message", "Secret ehr-tls is not there (spec.mllp.source.tls.secretName)"],
    ]);
    // What may be longer than a line stands last.
    expect(line.slice(-2).map(([name]) => name)).toEqual(["Age", "Message"]);
  });

  test("gives an autoscaler the pods to look at", async () => {
    const { body } = await admin.request("GET", `${ehr}/scale`);
    expect((body as { status: object }).status).toEqual({ replicas: 1, selector: selectorText("ehr") });
  });
});
