import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { oursHash } from "../../../src/operator/adapter/ours.ts";
import { periodOf } from "../../../src/operator/credentials/decide.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES, type WorkloadKind } from "../../../src/operator/workload/types.ts";
import { eventually } from "../../builders/eventually.ts";
import { createAccounts } from "../../builders/natsaccounts.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../builders/resources.ts";
import { applyAll, typeOf } from "../served.ts";
import { type Audit, createAudit } from "./audit.ts";
import { fillDirectory } from "./issuing.ts";
import { runPods } from "./pods.ts";
import { reconciled } from "./reconciled.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "./rig.ts";

/** An operator that finds what one before it has made. What it asks the API server for is in the audit log. */

/** Credentials are renewed once a day, each at a time of its own: those of these are not, within the hour. */
const [source = "", target = ""] = Array.from({ length: 20 }, (_, n) => `adapter-${n}`).filter(
  (name) => periodOf(`default/${name}`, Date.now()).to - Date.now() > 3_600_000,
);
const limits = { cpu: "1000m", memory: "1024Mi" };
const ADAPTERS = [
  aSource(source, 2575, { replicas: 2, resources: { limits }, pod: { tolerations: [{ key: "dmz" }] } }, "default"),
  aTarget(target, {}, "default"),
];
const ALL = [
  aContractVersion(),
  ...ADAPTERS,
  anIntegration("visits", { to: [{ adapter: target }] }, "default"),
] as KubeObject[];

const WRITES = new Set(["create", "update", "patch", "delete"]);
/** Written all the time, and by the test's own pods. */
const ASIDE = new Set(["leases", "deployments/status"]);

let audit: Audit;
let rig: OperatorRig;
let directory: string;
let operator: OperatorProcess;
let stopPods: () => Promise<void>;

beforeAll(async () => {
  audit = await createAudit();
  const accounts = createAccounts("OwnAccount");
  rig = await startOperatorRig({ more: accounts.config }, { flags: audit.flags });
  directory = await mkdtemp(join(tmpdir(), "fascia-anew-"));
  await fillDirectory(directory, accounts.hub, accounts.adapters);
  stopPods = await runPods(rig.api);
  await begin();
  await applyAll(rig.api.client, ALL);
  for (const adapter of ADAPTERS as KubeObject[])
    await eventually(async () => {
      const { status } = await rig.api.client.get<ServedObject>(typeOf(adapter), adapter.metadata);
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      return ready?.reason === "Running" && status?.["messages"] !== undefined;
    });
  await end();
  // It may have been ended before it told of everything: the next one does.
  await writesOfAnother();
}, 180_000);
afterEach(() => end());
afterAll(async () => {
  await stopPods?.();
  await rig?.stop();
  await audit?.remove();
  await rm(directory, { recursive: true, force: true });
});

async function begin(adapters: object = {}): Promise<void> {
  const { url, monitoring: monitoringUrl } = rig.nats;
  const nats = { url, monitoringUrl, credentialsDirectory: directory };
  operator = await rig.startOperator({ nats, adapters: { image: "fascia:test", ...adapters } });
}

async function end(): Promise<void> {
  await operator.stop();
  await operator.ended;
}

/** All that was written until now, e.g. `patch secrets fascia-ehr-keys`. */
async function writes(): Promise<string[]> {
  const deeds = (await audit.deedsOf("admin")).filter(({ verb, resource }) => WRITES.has(verb) && !ASIDE.has(resource));
  return deeds.map(({ verb, resource, name }) => `${verb} ${resource} ${name}`);
}

/** What an operator writes from when it starts until it has looked at everything. */
async function writesOfAnother(adapters?: object): Promise<string[]> {
  const before = (await writes()).length;
  await begin(adapters);
  await eventually(async () => expect(reconciled(await operator.metrics())).toBeGreaterThanOrEqual(ALL.length));
  await end();
  return (await writes()).slice(before);
}

/** Without what is said of it in statuses and events. */
const made = (found: string[]): string[] =>
  found.filter((each) => !/ (adapters\/status|events) /.test(each)).toSorted();

const NAME = { namespace: "default", name: `fascia-${source}` };
const applied = (kinds: string, adapter = source) => `patch ${kinds} fascia-${adapter}`;
const secrets = (adapter = source) => ["nats", "keys"].map((each) => `patch secrets fascia-${adapter}-${each}`);

test("writes nothing where all is as it was left, not even what would change nothing", async () => {
  expect(await writesOfAnother()).toEqual([]);
});

test.each<[WorkloadKind, string, object]>([
  ["Deployment", "deployments", { spec: { replicas: 7 } }],
  ["Deployment", "deployments", { metadata: { labels: { "app.kubernetes.io/part-of": null } } }],
  ["Service", "services", { spec: { selector: { "app.kubernetes.io/instance": "theirs" } } }],
  ["ServiceAccount", "serviceaccounts", { automountServiceAccountToken: true }],
  ["NetworkPolicy", "networkpolicies", { spec: { ingress: [{}] } }],
  ["PodDisruptionBudget", "poddisruptionbudgets", { metadata: { ownerReferences: null } }],
])("puts right what somebody changed while there was none: %s, %s %j", async (kind, plural, change) => {
  const ours = async () => oursHash(await rig.api.client.get(WORKLOAD_TYPES[kind], NAME));
  const before = await ours();
  await rig.api.client.merge(WORKLOAD_TYPES[kind], NAME, change);
  expect(await ours()).not.toBe(before);
  expect(made(await writesOfAnother())).toEqual([applied(plural), ...secrets()].toSorted());
  expect(await ours()).toBe(before);
  expect(made(await writesOfAnother())).toEqual([]);
});

test("makes again what somebody deleted while there was none", async () => {
  await rig.api.client.delete(WORKLOAD_TYPES.Service, NAME);
  expect(made(await writesOfAnother())).toEqual([applied("services"), ...secrets()].toSorted());
});

test("leaves alone what somebody added to it", async () => {
  const annotations = { "example.com/team": "lab" };
  await rig.api.client.merge(WORKLOAD_TYPES.Service, NAME, { metadata: { annotations } });
  expect(await writesOfAnother()).toEqual([]);
});

test("applies what it wants otherwise, being another version or set otherwise", async () => {
  const expected = [source, target].flatMap((each) => [applied("deployments", each), ...secrets(each)]);
  expect(made(await writesOfAnother({ image: "fascia:next" }))).toEqual(expected.toSorted());
});
