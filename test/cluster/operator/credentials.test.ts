import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { permissionsOf } from "../../../src/compile/permissions.ts";
import { rawStream } from "../../../src/compile/names.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { closeHub, connectHub } from "../../../src/jetstream/hub.ts";
import { publicKeyOf } from "../../../src/jetstream/nkey.ts";
import { periodOf } from "../../../src/operator/credentials/decide.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { ADAPTERS } from "../../../src/operator/kinds.ts";
import { WORKLOAD_TYPES } from "../../../src/operator/workload/types.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { createLog } from "../../../src/telemetry/log.ts";
import { eventually } from "../../builders/eventually.ts";
import { JumpingClock } from "../../builders/jumpingclock.ts";
import { type TestNats, startNats } from "../../builders/nats.ts";
import { type NatsAccounts, createAccounts } from "../../builders/natsaccounts.ts";
import { applyAll, removeAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { fillDirectory, secretOf, startIssuing, tokenOf } from "./issuing.ts";

/** An API server, a NATS server with two accounts, and the parts of the operator that issue credentials. */

const DAY = 86_400_000;
const { resources } = await loadManifests("config/samples/hospital");
const SAMPLES = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];
const NAMES = resources.adapters.map(({ metadata }) => metadata.name);

let api: Api;
let accounts: NatsAccounts;
let nats: TestNats;
let dir: string;
let clock: JumpingClock;
/** What the present operator has warned of. */
let said: string;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  accounts = createAccounts("OwnAccount");
  nats = await startNats({ more: accounts.config });
  dir = await mkdtemp(join(tmpdir(), "fascia-issuing-"));
  await fillDirectory(dir, accounts.hub, accounts.adapters);
  clock = quietClock();
  stop = start();
  await applyAll(api.client, SAMPLES);
  for (const name of NAMES) await eventually(() => tokenOf(api.client, name).then(() => undefined));
});
afterEach(async () => {
  await stop();
  await removeAll(api.client, SAMPLES);
  // Nobody collects garbage here.
  for (const name of NAMES)
    await api.client.delete(WORKLOAD_TYPES.Secret, { namespace: "default", name: `fascia-${name}-nats` });
  await nats.stop();
  await rm(dir, { recursive: true });
});

/** A clock by which nobody's credentials are due within an hour. */
function quietClock(): JumpingClock {
  const found = new JumpingClock();
  const isDue = (name: string) => periodOf(`default/${name}`, found.now()).to - found.now() < 3_600_000;
  while (NAMES.some(isDue)) found.jump(3_600_000);
  return found;
}

/** Lets time pass until it is so. A reconcile that is under way knows the time that it began with. */
const inTime = (check: () => Promise<void>): Promise<void> =>
  eventually(async () => {
    clock.jump(60_000);
    await check();
  });

const start = () => {
  said = "";
  const log = createLog({ level: "warn", destination: { write: (line) => void (said += line) } });
  return startIssuing(api, { url: nats.url, credsFile: dir }, dir, clock, log);
};

const versions = (): Promise<(string | undefined)[]> =>
  Promise.all(NAMES.map(async (name) => (await secretOf(api.client, name)).metadata.resourceVersion));

const permitted = (name: string, domains = ["registration"]) =>
  permissionsOf({ namespace: "default", name, workers: 1, domains, apiPrefix: accounts.apiPrefix });

interface Deployment extends KubeObject {
  spec: { template: { spec: { containers: { args: string[] }[] } } };
}
const argsOf = async (name: string): Promise<string> => {
  const where = { namespace: "default", name: `fascia-${name}` };
  const { spec } = await api.client.get<Deployment>(WORKLOAD_TYPES.Deployment, where);
  return spec.template.spec.containers[0]?.args.join(" ") ?? "";
};

test("each Adapter has a user of its own in the adapters' account, with what it may do, and pods that show it", async () => {
  for (const name of NAMES) {
    const { metadata } = await secretOf(api.client, name);
    expect(metadata.ownerReferences).toMatchObject([{ kind: "Adapter", name, controller: true }]);
    const token = await tokenOf(api.client, name);
    expect(token).toMatchObject({ name: `default/${name}`, account: accounts.adapters.account });
    expect(token.permissions).toEqual(permitted(name));
    await eventually(async () =>
      expect(await argsOf(name)).toContain(`--nats-creds /etc/fascia/nats --nats-api-prefix ${accounts.apiPrefix}`),
    );
  }
});

test("with them nobody reads the configuration or the messages of another Adapter", async () => {
  const [ehr, billing] = [NAMES.find((n) => n === "ehr"), NAMES.find((n) => n === "billing")] as [string, string];
  const { texts } = await secretOf(api.client, ehr);
  const mounted = join(dir, "pod");
  await writeFile(mounted, texts["nats.creds"] ?? "");
  const { apiPrefix } = accounts;
  const hub = await connectHub({ url: nats.url, credsFile: mounted, apiPrefix }, "fascia_default_ehr");
  const own = { namespace: "default", name: ehr };
  // Its credentials may come before it is in the hub.
  await eventually(async () => expect(await new ConfigReader(hub, own).read()).toMatchObject({ name: ehr }));
  expect((await hub.jsm.streams.info(rawStream(own))).state.messages).toBe(0);
  const other = { namespace: "default", name: billing };
  await expect(new ConfigReader(hub, other).read()).rejects.toMatchObject({ code: "HubForbidden" });
  await expect(hub.jsm.streams.info(rawStream(other))).rejects.toThrow("Permissions Violation");
  await expect(hub.jsm.streams.delete(rawStream(own))).rejects.toThrow("Permissions Violation");
  await closeHub(hub);
});

test("they are renewed each day, each at a time of its own, and not before", async () => {
  const before = await Promise.all(NAMES.map((name) => tokenOf(api.client, name)));
  clock.jump(DAY);
  for (const [i, name] of NAMES.entries())
    await inTime(async () =>
      expect((await tokenOf(api.client, name)).issuedAt).toBeGreaterThanOrEqual((before[i]?.issuedAt ?? 0) + DAY),
    );
});

test("another signing key is taken up when the kubelet has brought it", async () => {
  const before = await versions();
  await writeFile(join(dir, "adapters.nk"), accounts.next.seed);
  for (const [i, name] of NAMES.entries()) {
    await inTime(async () => expect((await tokenOf(api.client, name)).signer).toBe(publicKeyOf(accounts.next.seed)));
    expect((await secretOf(api.client, name)).metadata.resourceVersion).not.toBe(before[i]);
  }
});

test("while the signing key is damaged, what was issued before stays", async () => {
  const before = await versions();
  await writeFile(join(dir, "adapters.nk"), "SAdamaged");
  await api.client.merge(ADAPTERS, { namespace: "default", name: "ehr" }, { spec: { replicas: 2 } });
  const deployment = { namespace: "default", name: "fascia-ehr" };
  await inTime(async () => {
    const { spec } = await api.client.get<KubeObject & { spec: object }>(WORKLOAD_TYPES.Deployment, deployment);
    expect(spec).toMatchObject({ replicas: 2 });
  });
  expect(await versions()).toEqual(before);
});

test("a new domain is permitted to everybody at once", async () => {
  const [sample] = resources.contractVersions as (KubeObject & { spec: object })[];
  const spec = { ...sample?.spec, contract: "result", version: "1.0.0", domain: "laboratory" };
  const more = { ...sample, metadata: { name: "result-v1.0.0" }, spec } as KubeObject;
  await applyAll(api.client, [more]);
  const domains = ["laboratory", "registration"];
  for (const name of NAMES)
    await eventually(async () =>
      expect((await tokenOf(api.client, name)).permissions).toEqual(permitted(name, domains)),
    );
  await api.client.delete(typeOf(more), more.metadata);
});

test("an annotation of the Adapter gets it others at once, and nobody else", async () => {
  const before = await versions();
  const annotations = { "fascia.dev/renew-credentials": "2026-01-01" };
  await api.client.merge(ADAPTERS, { namespace: "default", name: "ehr" }, { metadata: { annotations } });
  await eventually(async () => {
    const changed = (await versions()).map((version, i) => version !== before[i]);
    expect(NAMES.filter((_name, i) => changed[i])).toEqual(["ehr"]);
  });
});

test("a Secret that somebody deletes or changes is mended within a resync", async () => {
  const where = { namespace: "default", name: "fascia-ehr-nats" };
  await api.client.delete(WORKLOAD_TYPES.Secret, where);
  await api.client.merge(
    WORKLOAD_TYPES.Secret,
    { ...where, name: "fascia-billing-nats" },
    { data: { "nats.creds": Buffer.from("mine").toString("base64") } },
  );
  for (const name of ["ehr", "billing"])
    await inTime(async () => expect((await tokenOf(api.client, name)).name).toBe(`default/${name}`));
});

/** Resolves when every Adapter has been looked at since this was called: Secrets first, then the Deployment, which shows a change. */
async function lookedAt(drainTimeoutSeconds: number): Promise<void> {
  for (const name of NAMES)
    await api.client.merge(ADAPTERS, { namespace: "default", name }, { spec: { drainTimeoutSeconds } });
  for (const name of NAMES)
    await eventually(async () => expect(await argsOf(name)).toContain(`--drain-timeout ${drainTimeoutSeconds}`));
}

/**
 * Has an operator start anew and look at everything twice; tells how the Secrets were and are. `trouble` comes while none
 * runs; `meanwhile`, which may end it, while the new one starts.
 */
async function startAnew(trouble = async () => {}, meanwhile = async () => {}) {
  const before = await versions();
  await stop();
  await trouble();
  stop = start();
  await meanwhile();
  await lookedAt(61);
  // To the resync, when every Secret is applied again.
  clock.jump(600_000);
  await lookedAt(62);
  return { before, after: await versions() };
}

test("an operator that starts anew writes no Secret, though it remembers nothing", async () => {
  const { before, after } = await startAnew();
  expect(after).toEqual(before);
});

test("nor one that starts while the API server is away", async () => {
  const { killApiServer, startApiServer } = api.controlPlane;
  const { before, after } = await startAnew(killApiServer, async () => {
    await eventually(() => expect(said).toContain("cache interrupted"));
    await startApiServer();
  });
  expect(after).toEqual(before);
});

test("nor one that starts while NATS is away, until the next day: then it renews them all the same", async () => {
  const { before, after } = await startAnew(() => nats.kill());
  expect(after).toEqual(before);
  const { issuedAt } = await tokenOf(api.client, "ehr");
  clock.jump(DAY);
  await inTime(async () => expect((await tokenOf(api.client, "ehr")).issuedAt).toBeGreaterThan(issuedAt));
  await nats.restart();
});
