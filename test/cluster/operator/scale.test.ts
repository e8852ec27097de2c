import { afterAll, beforeAll, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { selectorLabels, selectorText } from "../../../src/operator/workload/names.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { Hospital, sampleOf } from "./hospital.ts";
import { hasKubectl, kubectl } from "./kubectl.ts";
import { runPods } from "./pods.ts";

/** Adapters scaled as Deployments are: by people, by HorizontalPodAutoscalers (autoscaling.test.ts), by KEDA. */

interface Scale {
  metadata: { resourceVersion: string };
  spec: { replicas?: number };
  status: { replicas: number; selector: string };
}

const path = "/apis/fascia.dev/v1alpha1/namespaces/default/adapters/ehr/scale";
const ehr = sampleOf("Adapter", "ehr");
let rig: Hospital;
let noMorePods: () => Promise<void>;

beforeAll(async () => {
  rig = await Hospital.start();
  await rig.begin();
  noMorePods = await runPods(rig.api);
  await rig.apply();
  await eventually(async () => (await rig.conditionOf(ehr, "Ready")) === "True Running");
}, 120_000);
afterAll(async () => {
  await noMorePods?.();
  await rig?.clear();
  await rig?.end();
});

const admin = () => rig.api.controlPlane.client("admin");
const scale = async (): Promise<Scale> => (await admin().request("GET", path)).body as Scale;

/** The Deployment follows, and what the autoscaler reads tells how many pods there are. */
async function comesTo(replicas: number): Promise<void> {
  await eventually(async () => {
    const name = { namespace: "default", name: "fascia-ehr" };
    const { spec } = await rig.api.client.get<KubeObject & { spec: object }>(WORKLOAD_TYPES.Deployment, name);
    expect(spec).toMatchObject({ replicas, selector: { matchLabels: selectorLabels("ehr") } });
    const { spec: wanted, status } = await scale();
    expect([wanted.replicas ?? 0, status.replicas ?? 0, status.selector]).toEqual([
      replicas,
      replicas,
      selectorText("ehr"),
    ]);
  });
}

test("by a patch, as people's tools do", async () => {
  await comesTo(1);
  const contentType = "application/merge-patch+json";
  const answer = await admin().request("PATCH", path, { contentType, body: { spec: { replicas: 3 } } });
  expect(answer.status).toBe(200);
  await comesTo(3);
});

test("by reading and writing the whole, as a HorizontalPodAutoscaler does", async () => {
  let body: object = {};
  // The Adapter's status may change in between: whoever has read something older is told so, and reads again.
  await eventually(async () => {
    body = { ...(await scale()), spec: { replicas: 2 } };
    expect((await admin().request("PUT", path, { body })).status).toBe(200);
  });
  await comesTo(2);
  expect((await admin().request("PUT", path, { body })).status).toBe(409);
});

test.skipIf(!hasKubectl)("by kubectl scale, down to nothing and back", async () => {
  await kubectl(rig.api.controlPlane, "scale", "adapter", "ehr", "--replicas=0");
  await comesTo(0);
  await eventually(async () => expect(await rig.conditionOf(ehr, "Ready")).toBe("True ScaledToZero"));
  await kubectl(rig.api.controlPlane, "scale", "adapter", "ehr", "--replicas=1");
  await comesTo(1);
});
