import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { KubeClient as AdminClient } from "../../../hack/cluster/client.ts";
import { kubeconfig } from "../../../hack/cluster/kubeconfig.ts";
import { CONFIGURATIONS } from "../../../src/operator/admission/webhooks.ts";
import { MARKER } from "../../../src/operator/governance.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { LEASES } from "../../../src/operator/manager/lease.ts";
import type { ServedObject } from "../../../src/operator/report/write.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { aDataDomain, aPolicyException, anAdapterClass } from "../../builders/resources.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../../builders/process.ts";
import { CHART, Helm } from "../helm.ts";
import { applyAll, deleteAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { type Audit, type Deed, createAudit } from "./audit.ts";
import { runPods } from "./pods.ts";

/** The operator as the chart sets it up, by the rights that the chart gives and no others: what it asks is in the audit log. */

const SYSTEM = "fascia-system";
const USER = `system:serviceaccount:${SYSTEM}:fascia`;

let admin: AdminClient;
let api: Api;
let helm: Helm;
let nats: TestNats;
let audit: Audit;
let dir: string;
let stopPods: () => Promise<void>;

beforeAll(async () => {
  audit = await createAudit();
  api = await startApi({ crds: false, flags: audit.flags });
  admin = api.controlPlane.client("admin");
  helm = await Helm.of(api.controlPlane);
  nats = await startNats({ sync: "always" });
  dir = await mkdtemp(join(tmpdir(), "fascia-rights-"));
  for (const name of [SYSTEM, "north", "south"])
    await admin.request("POST", "/api/v1/namespaces", { body: { metadata: { name } } });
  stopPods = await runPods(api);
}, 120_000);
afterAll(async () => {
  await stopPods?.();
  await nats?.stop();
  await helm?.close();
  await api?.stop();
  await audit?.remove();
  await rm(dir, { recursive: true, force: true });
});

interface Rule {
  apiGroups: string[];
  resources: string[];
  resourceNames?: string[];
  verbs: string[];
}

/** What of its rights this test gives no occasion to use. */
const NO_OCCASION = [
  // Asked for by OwnerReferencesPermissionEnforcement, which OpenShift has switched on.
  "fascia.dev adapters/finalizers update",
  "fascia.dev integrations/finalizers update",
  // Whether somebody is a steward, or may approve: the API server has no way to this process's webhook.
  "authorization.k8s.io subjectaccessreviews create",
  // The same event again, a minute later, is counted in the first.
  "events.k8s.io events patch",
  // Of an Adapter that does not listen any more, and of an operator that is set otherwise than before.
  " services delete",
  " configmaps delete",
  "networking.k8s.io networkpolicies delete",
];

/** `<group> <resource> <verb>` of everything that the release's roles for the operator allow. */
async function rightsOf(namespaces: string[]): Promise<string[]> {
  const roles = "/apis/rbac.authorization.k8s.io/v1";
  const paths = [
    `${roles}/clusterroles/${SYSTEM}:fascia`,
    `${roles}/namespaces/${SYSTEM}/roles/fascia`,
    ...namespaces.map((namespace) => `${roles}/namespaces/${namespace}/roles/fascia-adapters`),
    ...(namespaces.length > 0 ? [`${roles}/namespaces/default/roles/fascia-events`] : []),
  ];
  const answers = await Promise.all(paths.map((path) => admin.request("GET", path)));
  const rules = answers.flatMap(({ body }) => (body as { rules: Rule[] }).rules);
  const rights = rules.flatMap(({ apiGroups, resources, verbs }) =>
    apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => `${group} ${resource} ${verb}`))),
  );
  return [...new Set(rights)].sort();
}

/** Server-side apply is a patch, and asks for `create` as well where there is nothing yet: the log tells of the patch. */
const rightsFor = ({ group, resource, verb }: Deed): string[] =>
  (verb === "patch" ? ["patch", "create"] : [verb]).map((each) => `${group} ${resource} ${each}`);

/** Runs the operator by the configuration that the release has for it, as its ServiceAccount. */
async function startOperator(): Promise<FasciaProcess> {
  const { body } = await admin.request("GET", `/api/v1/namespaces/${SYSTEM}/configmaps/fascia`);
  const config = parse((body as { data: Record<string, string> }).data["operator.yaml"] ?? "") as Record<
    string,
    object
  >;
  const local = { host: "127.0.0.1" };
  const here = {
    webhook: { ...config["webhook"], ...local, port: await freePort() },
    telemetry: { ...local, port: await freePort() },
    trustedCAsFile: join(dir, "ca.crt"),
  };
  await writeFile(here.trustedCAsFile, "a certificate\n");
  await writeFile(join(dir, "operator.yaml"), stringify({ ...config, ...here }));
  const tokens = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/fascia/token`;
  const answer = await admin.request("POST", tokens, { body: { spec: { expirationSeconds: 3600 } } });
  const { token } = (answer.body as { status: { token: string } }).status;
  await writeFile(join(dir, "kubeconfig"), kubeconfig(api.controlPlane, token, SYSTEM));
  const operator = spawnFascia(["operator", "--config", join(dir, "operator.yaml"), "--json"], {
    KUBECONFIG: join(dir, "kubeconfig"),
  });
  await operator.ready;
  return operator;
}

/** RFC 3339, to the second. */
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().replace(/\.\d+/, "");

/** The sample in `namespace`, in the order in which it is applied, its EHR given to a domain, an exception beside. */
async function samplesIn(namespace: string): Promise<KubeObject[]> {
  const { resources } = await loadManifests("config/samples/hospital");
  const { contractVersions, adapters, integrations } = resources;
  const local = [...adapters, ...integrations].map((each) => ({ ...each, metadata: { ...each.metadata, namespace } }));
  const care = aDataDomain({ ehr: [`${namespace}/ehr`] });
  const exception = aPolicyException({ expiresOn: inDays(30), reviewOn: inDays(7) }, namespace);
  return [care, anAdapterClass(), ...contractVersions, ...local, exception] as KubeObject[];
}

async function allReady(samples: KubeObject[]): Promise<void> {
  for (const sample of samples)
    await eventually(async () => {
      const { metadata, status } = await api.client.get<ServedObject>(typeOf(sample), sample.metadata);
      const ready = status?.conditions?.find(({ type }) => type === "Ready");
      expect([ready?.status, ready?.observedGeneration]).toEqual(["True", metadata.generation]);
    }, 30_000);
}

/** Everything that happens to a site: it comes, is changed, is spoilt by hand, and goes. */
async function live(samples: KubeObject[]): Promise<void> {
  await applyAll(api.client, samples);
  await allReady(samples);
  const adapters = samples.filter(({ kind }) => kind === "Adapter");
  const ehr = adapters.find(({ metadata }) => metadata.name === "ehr") as KubeObject & { spec: object };
  for (const replicas of [3, 1]) {
    await applyAll(api.client, [{ ...ehr, spec: { ...ehr.spec, replicas } } as KubeObject]);
    await allReady([ehr]);
  }
  const { namespace = "" } = ehr.metadata;
  await api.client.delete(WORKLOAD_TYPES.Service, { namespace, name: "fascia-ehr" });
  await eventually(async () => void (await api.client.get(WORKLOAD_TYPES.Service, { namespace, name: "fascia-ehr" })));
  await deleteAll(api.client, samples);
  for (const sample of samples)
    await eventually(async () => {
      const found = await api.client.get(typeOf(sample), sample.metadata).catch((error: { status?: number }) => error);
      expect(found).toMatchObject({ status: 404 });
    }, 30_000);
}

describe.each([
  ["all namespaces", []],
  ["two namespaces", ["north", "south"]],
])("A release for %s gives its operator", (_title, namespaces) => {
  let operator: FasciaProcess;
  let deeds: Deed[];

  beforeAll(async () => {
    const values = { watchNamespaces: namespaces, nats: { url: nats.url, monitoringUrl: nats.monitoring } };
    const file = join(dir, "values.yaml");
    await writeFile(file, stringify(values));
    await helm.run("install", "fascia", CHART, "--namespace", SYSTEM, "--take-ownership", "--values", file);
    const before = (await audit.deedsOf(USER)).length;
    operator = await startOperator();
    await eventually(async () => {
      const { webhooks } = await api.client.get<KubeObject & { webhooks: { clientConfig: { caBundle?: string } }[] }>(
        CONFIGURATIONS,
        { name: MARKER },
      );
      return webhooks.every(({ clientConfig }) => clientConfig.caBundle !== undefined);
    });
    // Nobody leads from the Service to this process.
    await api.client.merge(CONFIGURATIONS, { name: MARKER }, { webhooks: [] });
    await live(await samplesIn("north"));
    await operator.stop();
    deeds = (await audit.deedsOf(USER)).slice(before);
  }, 120_000);
  afterAll(async () => {
    await operator?.kill();
    await helm.run("uninstall", "fascia", "--namespace", SYSTEM);
    await api.client.delete(LEASES, { namespace: SYSTEM, name: "fascia" });
    for (const name of ["fascia-keys", "fascia-webhook-tls"])
      await api.client.delete(WORKLOAD_TYPES.Secret, { namespace: SYSTEM, name });
  });

  test("all the rights that it needs", () => expect(deeds.filter(({ allowed }) => !allowed)).toEqual([]));

  test("none that it does not need", async () => {
    const known = new Set([...deeds.flatMap(rightsFor), ...NO_OCCASION]);
    expect((await rightsOf(namespaces)).filter((right) => !known.has(right))).toEqual([]);
  });

  test("no occasion to read a Secret that is not its own", () => {
    const read = deeds.filter(
      ({ resource, verb }) => resource === "secrets" && ["get", "list", "watch"].includes(verb),
    );
    expect([...new Set(read.map(({ namespace, name }) => `${namespace}/${name}`))].sort()).toEqual([
      `${SYSTEM}/fascia-keys`,
      `${SYSTEM}/fascia-webhook-tls`,
    ]);
  });
});
