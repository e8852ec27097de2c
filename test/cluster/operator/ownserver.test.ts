import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import type { KubeClient as AdminClient } from "../../../hack/cluster/client.ts";
import { kubeconfig } from "../../../hack/cluster/kubeconfig.ts";
import { publicKeyOf } from "../../../src/jetstream/nkey.ts";
import { readCredentials } from "../../../src/jetstream/usertoken.ts";
import { CONFIGURATIONS } from "../../../src/operator/admission/webhooks.ts";
import { MARKER } from "../../../src/operator/governance.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { loadKeys } from "../../../src/standalone/keys.ts";
import { findNatsServer } from "../../../src/standalone/natsbinary.ts";
import { eventually } from "../../builders/eventually.ts";
import { mountSecret } from "../../builders/kubelet.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { freePort } from "../../builders/ports.ts";
import { type FasciaProcess, spawnFascia } from "../../builders/process.ts";
import { CHART, Helm } from "../helm.ts";
import { applyAll } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";

/** The chart with a NATS server of its own, and operators with the rights that it gives them; the server runs here. */

const SYSTEM = "fascia-system";
const KEYS = "fascia-nats-keys";
const ADAPTER = "audit";

let admin: AdminClient;
let api: Api;
let helm: Helm;
let nats: TestNats | undefined;
let dir: string;
/** Text of the operator's configuration and of the server's, as the chart has them. */
let operatorYaml: string;
let natsConf: string;
const operators: FasciaProcess[] = [];

beforeAll(async () => {
  api = await startApi({ crds: false });
  admin = api.controlPlane.client("admin");
  helm = await Helm.of(api.controlPlane);
  dir = await mkdtemp(join(tmpdir(), "fascia-ownserver-"));
  await admin.request("POST", "/api/v1/namespaces", { body: { metadata: { name: SYSTEM } } });
  await helm.run("install", "fascia", CHART, "--namespace", SYSTEM, "--set", "nats.server.enabled=true");
  operatorYaml = (await configMap("fascia"))["operator.yaml"] ?? "";
  natsConf = (await configMap("fascia-nats"))["nats.conf"] ?? "";
}, 120_000);
afterAll(async () => {
  await Promise.all(operators.map((operator) => operator.kill()));
  await nats?.stop();
  await helm?.close();
  await api?.stop();
  await rm(dir, { recursive: true, force: true });
});

async function configMap(name: string): Promise<Record<string, string>> {
  const { body } = await admin.request("GET", `/api/v1/namespaces/${SYSTEM}/configmaps/${name}`);
  return (body as { data: Record<string, string> }).data;
}

interface Config {
  nats: { server: { accountsSecretName: string } };
}
const accountsName = (): string => (parse(operatorYaml) as Config).nats.server.accountsSecretName;

/** An operator as the chart runs it, as its ServiceAccount; but NATS is at `url`. */
async function startOperator({ url, monitoring }: Pick<TestNats, "url" | "monitoring">): Promise<FasciaProcess> {
  const { telemetry: _, webhook: __, nats: set, ...config } = parse(operatorYaml) as Config & Record<string, object>;
  const file = join(dir, `operator-${operators.length}.yaml`);
  await writeFile(file, stringify({ ...config, nats: { ...set, url, monitoringUrl: monitoring } }));
  const tokens = `/api/v1/namespaces/${SYSTEM}/serviceaccounts/fascia/token`;
  const answer = await admin.request("POST", tokens, { body: { spec: { expirationSeconds: 3600 } } });
  const { token } = (answer.body as { status: { token: string } }).status;
  await writeFile(join(dir, "kubeconfig"), kubeconfig(api.controlPlane, token, SYSTEM));
  const operator = spawnFascia(["operator", "--config", file, "--json"], { KUBECONFIG: join(dir, "kubeconfig") });
  operators.push(operator);
  return operator;
}

interface Secret extends KubeObject {
  immutable?: boolean;
  data: Record<string, string>;
}

async function secret(name: string, namespace = SYSTEM): Promise<Secret & { texts: Record<string, string> }> {
  const found = await api.client.get<Secret>(WORKLOAD_TYPES.Secret, { namespace, name });
  const texts = Object.entries(found.data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]);
  return { ...found, texts: Object.fromEntries(texts) as Record<string, string> };
}

test("operators that begin at once, before there is a server, make its accounts once", async () => {
  const port = await freePort();
  const nowhere = { url: `nats://127.0.0.1:${port}`, monitoring: `http://127.0.0.1:${port}` };
  const both = [await startOperator(nowhere), await startOperator(nowhere)];
  await Promise.all(both.map(({ ready }) => ready));
  const keys = await secret(KEYS);
  expect(keys.immutable).toBe(true);
  await eventually(() => secret(accountsName()).then(() => undefined));
  await Promise.all(both.map((operator) => operator.stop()));
  expect((await secret(KEYS)).metadata.uid).toBe(keys.metadata.uid);
});

test("the server takes its configuration with them, and no seed is in what its pod mounts", async () => {
  const { texts } = await secret(accountsName());
  expect(Object.keys(texts)).toEqual(["accounts.conf"]);
  const seeds = Object.values((await secret(KEYS)).texts).filter((text) => /^S[OA][A-Z2-7]{56}$/.test(text));
  expect(seeds).toHaveLength(3);
  for (const seed of seeds) expect(texts["accounts.conf"]).not.toContain(seed);
  const etc = join(dir, "etc");
  await mkdir(etc);
  await writeFile(join(etc, "nats.conf"), natsConf);
  await writeFile(join(etc, "accounts.conf"), texts["accounts.conf"] ?? "");
  const checked = await promisify(execFile)(await findNatsServer(), ["-t", "--config", join(etc, "nats.conf")]);
  expect(checked.stderr).toContain("is valid");
});

test("an operator finds the server by them, and an adapter by credentials of its own", async () => {
  nats = await startNats({ sync: "always", more: (await secret(accountsName())).texts["accounts.conf"] ?? "" });
  const operator = await startOperator(nats);
  await operator.ready;
  // Nobody leads from the webhook's Service to this process.
  await api.client.merge(CONFIGURATIONS, { name: MARKER }, { webhooks: [] });
  const { resources } = await loadManifests("config/samples/hospital");
  await applyAll(api.client, [...resources.contractVersions, ...resources.adapters] as KubeObject[]);
  await eventually(() => secret(`fascia-${ADAPTER}-nats`, "default").then(() => undefined));
  const { texts } = await secret(`fascia-${ADAPTER}-nats`, "default");
  const keys = (await secret(KEYS)).texts;
  expect(readCredentials(texts["nats.creds"] ?? "")).toMatchObject({
    name: `default/${ADAPTER}`,
    account: keys["adapters.account"],
    signer: publicKeyOf(keys["adapters.nk"] ?? ""),
  });
  await mountSecret(join(dir, "nats"), texts);
  await loadKeys(dir);
  const prefix = ["--nats-api-prefix", "$JS.fascia.API"];
  const where = ["--nats", nats.url, "--nats-creds", join(dir, "nats"), ...prefix, "--data", dir, "--json"];
  const adapter = spawnFascia(["adapter", ADAPTER, ...where]);
  await adapter.ready;
  await adapter.stop();
  expect((await nats.log()).split("\n").filter((line) => line.includes("Violation"))).toEqual([]);
  expect(operator.output().stderr).not.toContain("KubeForbidden");
});

test("what somebody deletes of it comes back as it was", async () => {
  const [keys, accounts] = [await secret(KEYS), await secret(accountsName())];
  for (const name of [KEYS, accountsName()])
    await api.client.delete(WORKLOAD_TYPES.Secret, { namespace: SYSTEM, name });
  await eventually(async () => {
    expect((await secret(KEYS)).texts).toEqual(keys.texts);
    expect((await secret(accountsName())).texts).toEqual(accounts.texts);
  });
});

test("it outlives the release, as the server's volume does", async () => {
  const before = await secret(KEYS);
  await Promise.all(operators.map((operator) => operator.stop()));
  await helm.run("uninstall", "fascia", "--namespace", SYSTEM);
  expect((await secret(KEYS)).texts).toEqual(before.texts);
  expect((await secret(accountsName())).texts["accounts.conf"]).toContain("resolver_preload");
});
