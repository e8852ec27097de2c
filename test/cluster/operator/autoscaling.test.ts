import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse } from "yaml";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import type { KubeObject, ResourceType } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadKeys } from "../../../src/standalone/keys.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { admission } from "../../builders/admission.ts";
import { EhrConnection } from "../../builders/ehr.ts";
import { eventually } from "../../builders/eventually.ts";
import { Receiver } from "../../builders/mllp.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../../builders/process.ts";
import { CONTROLLERS, startControllers } from "../controllers.ts";
import { yamlOf } from "../documented.ts";
import { serveExternalMetrics } from "../externalmetrics.ts";
import { applyAll } from "../served.ts";
import { conditionOf } from "./inprocess.ts";
import { runPods } from "./pods.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "./rig.ts";

/** Kubernetes' own HorizontalPodAutoscalers, by what the operator measures of a hospital where two targets fall behind. */

interface Autoscaler extends KubeObject {
  spec: object;
  status?: { conditions?: { type: string; status: string; reason: string; message: string }[] };
}

const AUTOSCALERS: ResourceType = {
  group: "autoscaling",
  version: "v2",
  kind: "HorizontalPodAutoscaler",
  plural: "horizontalpodautoscalers",
  scope: "Namespaced",
};
/** The operator asks the hub every 15 s, and the autoscaler the operator every second. */
const PATIENCE_MS = 60_000;
const ADMISSIONS = 30;
const TO_ZERO = "--feature-gates=HPAScaleToZero=true";

let rig: OperatorRig;
let operator: OperatorProcess;
let ehrPort: number;
let billingPort: number;
const adapters: FasciaProcess[] = [];
const endings: (() => Promise<void>)[] = [];

beforeAll(async () => {
  [ehrPort, billingPort] = [await freePort(), await freePort()];
  const identities = { admin: ["system:masters"], [CONTROLLERS]: [] };
  rig = await startOperatorRig({ sync: "always" }, { identities, flags: [TO_ZERO] });
  endings.push(() => rig.stop());
  endings.push(await runPods(rig.api));
  operator = await rig.startOperator();
  const samples = await hospital();
  await applyAll(rig.api.client, samples);
  for (const sample of samples)
    await eventually(async () => (await conditionOf(rig.api.client, sample, "Ready")).startsWith("True"));
  endings.push(await serveExternalMetrics(rig.api.controlPlane.client("admin"), lagOf));
  const flags = ["--horizontal-pod-autoscaler-sync-period=1s", TO_ZERO];
  endings.push(await startControllers(rig.api.controlPlane, ["horizontal-pod-autoscaler-controller"], flags));
}, 120_000);

afterAll(async () => {
  for (const adapter of adapters) await adapter.stop();
  for (const end of endings.toReversed()) await end();
});

/** With ports and files of the test's own. */
async function hospital(): Promise<KubeObject[]> {
  const { resources } = await loadManifests("config/samples/hospital");
  const all = [...resources.contractVersions, ...resources.adapters, ...resources.integrations];
  const text = JSON.stringify(all)
    .replace(".fascia/audit.ndjson", join(rig.dir, "audit.ndjson"))
    .replace('"port":2575', `"port":${ehrPort}`)
    .replace('"port":2576', `"port":${billingPort}`);
  return JSON.parse(text) as KubeObject[];
}

/** `<namespace>_<adapter>_lag`, as docs/kubernetes.md has the Prometheus adapter make it. */
async function lagOf(_namespace: string, metric: string): Promise<number | undefined> {
  const [, namespace, name] = /^(.+)_(.+)_lag$/.exec(metric) ?? [];
  const line = new RegExp(`^fascia_adapter_lag_messages\\{adapter="${namespace}/${name}"\\} (\\d+)$`, "m");
  const [, value] = line.exec(await operator.metrics()) ?? [];
  return value === undefined ? undefined : Number(value);
}

/** As its pod does. */
async function startAdapter(name: string): Promise<void> {
  const keys = join(rig.dir, "keys");
  await loadKeys(keys);
  const options = ["--nats", rig.nats.url, "--keys", join(keys, "keys.json"), "--secrets", rig.dir, "--json"];
  const adapter = spawnFascia(["adapter", name, ...options]);
  adapters.push(adapter);
  await adapter.ready;
}

/** What docs/kubernetes.md shows, of another Adapter and without its patience. */
async function documented(): Promise<Autoscaler> {
  const block = (await yamlOf("kubernetes.md")).find((text) => text.includes("type: External")) ?? "";
  const text = block.replaceAll("clinic", "default").replaceAll("archive", "audit");
  return parse(text.replace("stabilizationWindowSeconds: 600", "stabilizationWindowSeconds: 0")) as Autoscaler;
}

const between = (minReplicas: number, maxReplicas: number, name: string): Autoscaler => ({
  metadata: { name, namespace: "default" },
  spec: {
    scaleTargetRef: { apiVersion: "fascia.dev/v1alpha1", kind: "Adapter", name },
    minReplicas,
    maxReplicas,
    metrics: [
      {
        type: "External",
        external: {
          metric: { name: `default_${name}_lag` },
          target: { type: "AverageValue", averageValue: String(ADMISSIONS / maxReplicas) },
        },
      },
    ],
    behavior: { scaleDown: { stabilizationWindowSeconds: 0 } },
  },
});

/** The Adapter says so, and its Deployment follows; the autoscaler was able to do what it is for. */
const cameTo = (name: string, replicas: number): Promise<void> =>
  eventually(async () => {
    const { client } = rig.api;
    const autoscaler = await client.get<Autoscaler>(AUTOSCALERS, { namespace: "default", name });
    const said = JSON.stringify(autoscaler.status?.conditions ?? []);
    expect(said).toContain("ValidMetricFound");
    const adapter = await client.get(ADAPTERS, { namespace: "default", name });
    const deployment = await client.get(WORKLOAD_TYPES.Deployment, { namespace: "default", name: `fascia-${name}` });
    expect([adapter, deployment], said).toMatchObject([{ spec: { replicas } }, { spec: { replicas } }]);
  }, PATIENCE_MS);

test("A HorizontalPodAutoscaler scales Adapters by their lag: up when messages wait, down when they are delivered", async () => {
  await rig.api.client.apply(AUTOSCALERS, await documented());
  await rig.api.client.apply(AUTOSCALERS, between(1, 3, "billing"));
  // Nothing waits: whoever may go to nothing does.
  await cameTo("audit", 0);
  await cameTo("billing", 1);

  await startAdapter("ehr");
  await startAdapter("billing");
  const ehr = new EhrConnection(ehrPort);
  for (let n = 0; n < ADMISSIONS; n++)
    await ehr.deliver(admission({ controlId: `C${n}`, patient: `P${n}`, visit: `V${n}` }));
  ehr.close();
  // Billing does not answer, and nobody runs for the auditors.
  await cameTo("audit", 1);
  await cameTo("billing", 3);

  const billing = await new Receiver().listen(billingPort);
  endings.push(() => billing.close());
  await startAdapter("audit");
  await cameTo("audit", 0);
  await cameTo("billing", 1);
  expect(billing.messages).toHaveLength(ADMISSIONS);
}, 240_000);
