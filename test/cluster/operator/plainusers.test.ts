import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IMPORTED_API_PREFIX } from "../../../src/compile/exports.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { type Hospital, createHospital } from "../../builders/hospital.ts";
import { mountSecret } from "../../builders/kubelet.ts";
import { Load } from "../../chaos/load.ts";
import { labelOf, repeated, seenOf } from "../../chaos/verdict.ts";
import { applyAll } from "../served.ts";
import { type Secret, secretOf } from "./issuing.ts";
import { type OperatorProcess, type OperatorRig, startOperatorRig } from "./rig.ts";

/** A NATS server with users of its own configuration: its administrator includes what Fascia writes, and reloads. */

const NAMES = ["ehr", "billing", "eligibility", "patient-app", "audit"];
const OWN = { namespace: "default", name: "ehr" };

let rig: OperatorRig;
let operator: OperatorProcess;
let hospital: Hospital;
let etc: string;

beforeAll(async () => {
  etc = await mkdtemp(join(tmpdir(), "fascia-plain-"));
  await writeFile(join(etc, "accounts.conf"), "# Nothing yet.\n");
  // As docs/security.md has it.
  rig = await startOperatorRig({ sync: "always", more: `accounts { include "../${basename(etc)}/accounts.conf" }\n` });
  hospital = await createHospital();
  await mountSecret(join(rig.dir, "nats"), { user: "fascia", password: "a password" });
  operator = await rig.startOperator(nats());
  const { resources } = await loadManifests(hospital.manifests);
  const { contractVersions, adapters, integrations } = resources;
  await applyAll(rig.api.client, [...contractVersions, ...adapters, ...integrations] as KubeObject[]);
}, 120_000);
afterAll(async () => {
  await hospital?.stop();
  await rig?.stop();
  await rm(etc, { recursive: true, force: true });
});

/** What the operator's configuration says of NATS. */
function nats(): object {
  const users = { keySecretName: "nats-passwords", accountsSecretName: "nats-users" };
  const { url, monitoring: monitoringUrl } = rig.nats;
  return { nats: { url, monitoringUrl, credentialsDirectory: join(rig.dir, "nats"), users } };
}

/** What the server's administrator does, or has a sidecar do: takes the file as it is, and has the server take it up. */
async function administrate(takeUp: () => unknown = () => process.kill(rig.nats.pid(), "SIGHUP")): Promise<void> {
  const where = { namespace: "default", name: "nats-users" };
  const { data = {} } = await rig.api.client.get<Secret>(WORKLOAD_TYPES.Secret, where);
  const text = Buffer.from(data["accounts.conf"] ?? "", "base64").toString();
  if (text === (await readFile(join(etc, "accounts.conf"), "utf8"))) return;
  await writeFile(join(etc, "accounts.conf"), text);
  await takeUp();
}

const mountOf = (name: string): string => join(rig.dir, "mounted", name);

async function startAdapter(name: string): Promise<void> {
  await eventually(async () => mountSecret(mountOf(name), (await secretOf(rig.api.client, name)).texts));
  const prefix = ["--nats-api-prefix", IMPORTED_API_PREFIX];
  await hospital.adapter(name, "--nats", rig.nats.url, "--nats-creds", mountOf(name), ...prefix);
}

const connectAs = (credsFile: string) =>
  connectHub({ url: rig.nats.url, credsFile, apiPrefix: IMPORTED_API_PREFIX }, "fascia_default_ehr");

const violations = async () => (await rig.nats.log()).split("\n").filter((line) => line.includes("Violation"));

test("the operator writes the file before it can connect, and each Adapter gets a password once it can", async () => {
  await eventually(() =>
    administrate(async () => {
      // Accounts that come with a reload have no imports before the next one (nats-server 2.15.2).
      await rig.nats.kill();
      await rig.nats.restart();
    }),
  );
  for (const name of NAMES)
    await eventually(async () => {
      const { texts } = await secretOf(rig.api.client, name);
      expect(texts).toEqual({ user: `default/${name}`, password: expect.stringMatching(/^[\w-]{43}$/) as string });
    });
});

test("a hospital works with them, and nothing that it does is refused", async () => {
  await eventually(async () => {
    await administrate();
    const text = await readFile(join(etc, "accounts.conf"), "utf8");
    expect(NAMES.filter((name) => !text.includes(`"default/${name}"`))).toEqual([]);
  });
  await Promise.all(NAMES.map(startAdapter));
  const load = new Load(() => hospital.ehrPort, 2, "P");
  await eventually(() => expect(load.accepted.length).toBeGreaterThan(30));
  await load.stop();
  const admitted = () => hospital.billing.received.map(seenOf).filter(({ kind }) => kind === "admission");
  await eventually(() => {
    const got = new Set(admitted().map(({ label }) => label));
    expect(load.accepted.map(labelOf).filter((label) => !got.has(label))).toEqual([]);
  });
  expect(repeated(admitted().map(({ label }) => label))).toEqual([]);
  expect(await violations()).toEqual([]);
});

test("with one Adapter's password nobody reads another one's configuration", async () => {
  const hub = await connectAs(mountOf("ehr"));
  expect(await new ConfigReader(hub, OWN).read()).toMatchObject({ name: "ehr" });
  const reading = new ConfigReader(hub, { ...OWN, name: "billing" }).read();
  await expect(reading).rejects.toMatchObject({ code: "HubForbidden" });
  await closeHub(hub);
});

test("an annotation of the Adapter changes its password; the old one ends with the reload", async () => {
  const before = await secretOf(rig.api.client, "ehr");
  const old = join(rig.dir, "old");
  await mountSecret(old, before.texts);
  const annotations = { "fascia.dev/renew-credentials": "2026-01-01" };
  await rig.api.client.merge(ADAPTERS, OWN, { metadata: { annotations } });
  await eventually(async () => {
    const { texts } = await secretOf(rig.api.client, "ehr");
    expect(texts["password"]).not.toBe(before.texts["password"]);
    await mountSecret(mountOf("ehr"), texts);
  });
  await eventually(async () => {
    await administrate();
    const attempt = connectAs(old);
    void attempt.then(closeHub, () => {});
    await expect(attempt).rejects.toMatchObject({ code: "HubUnavailable" });
  });
  await closeHub(await connectAs(mountOf("ehr")));
});

test("an operator that starts anew changes nothing of the file and of passwords", async () => {
  const versions = () =>
    Promise.all(NAMES.map(async (name) => (await secretOf(rig.api.client, name)).metadata.resourceVersion));
  const file = { namespace: "default", name: "nats-users" };
  const fileVersion = async () => (await rig.api.client.get(WORKLOAD_TYPES.Secret, file)).metadata.resourceVersion;
  const before = [...(await versions()), await fileVersion()];
  await operator.stop();
  operator = await rig.startOperator(nats());
  await eventually(() => operator.isLeading());
  const done = (name: string, least: number) =>
    new RegExp(`reconcile_total\\{controller="${name}",result="requeue_after"\\} ([${least}-9]|\\d\\d)`);
  for (const pattern of [done("adapter", NAMES.length), done("users", 1)])
    await eventually(async () => expect(await operator.metrics()).toMatch(pattern));
  expect([...(await versions()), await fileVersion()]).toEqual(before);
});
