import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { everyOne } from "../../../src/compile/resources.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { streamNames } from "../../../src/jetstream/streams.ts";
import { CONTRACT_VERSIONS } from "../../../src/operator/kinds.ts";
import { type KubeObject, keyOf } from "../../../src/operator/kube/resource.ts";
import type { KnownResources } from "../../../src/operator/program/known.ts";
import { loadManifests } from "../../../src/standalone/manifests.ts";
import { eventually } from "../../builders/eventually.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { aContractVersion, aPolicyException } from "../../builders/resources.ts";
import { seeded } from "../../builders/random.ts";
import { applyAll, deleteAll } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { startProgrammer } from "./rig.ts";

/** What stands in the API server becomes what the hub holds, in whatever order it came, and stays so. */

const { resources } = await loadManifests("config/samples/hospital");
const SAMPLES = [...resources.contractVersions, ...resources.adapters, ...resources.integrations] as KubeObject[];
const WANTED = compile(resources);

let api: Api;
let hub: TestHub;
let stop: () => Promise<void>;
let last: KnownResources;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  hub = await startHub();
  last = new Map();
  stop = await start();
});
afterEach(async () => {
  await stop();
  await hub.stop();
  await deleteAll(api.client, SAMPLES);
});

const start = () =>
  startProgrammer(api, hub.nats.url, {
    judged: () => {},
    connected: () => {},
    succeeded: (known) => (last = known),
    failed: () => {},
  });

const apply = (...samples: KubeObject[]): Promise<void> => applyAll(api.client, samples);

/** Revisions of the configurations in the hub, by Adapter. */
async function inTheHub(): Promise<Map<string, string | undefined>> {
  const revisions = new Map<string, string | undefined>();
  for (const { namespace, name } of WANTED.configs) {
    const config = await new ConfigReader(hub, { namespace, name }).read();
    if (typeof config === "object") revisions.set(keyOf({ namespace, name }), config.revision);
  }
  return revisions;
}

const wantedRevisions = new Map(WANTED.configs.map((config) => [keyOf(config), config.revision]));

const all = (what: "problems" | "conflicts"): unknown[] =>
  [...last.values()].flatMap((known): unknown[] => [...known[what]]);

const programmedAsWanted = () =>
  eventually(async () => {
    expect(await inTheHub()).toEqual(wantedRevisions);
    const streams = await streamNames(hub, "");
    expect(streams).toEqual(expect.arrayContaining(WANTED.streams.map(({ name }) => name)));
    for (const { stream, name } of WANTED.consumers) await hub.jsm.consumers.info(stream, name);
  });

test.each([1, 2, 3])("resources that come in any order come to the same (seed %i)", async (seed) => {
  const random = seeded(seed);
  await apply(...SAMPLES.toSorted(() => random() - 0.5));
  await programmedAsWanted();
  await eventually(() => expect(last.size).toBe(SAMPLES.length));
  expect(all("problems")).toEqual([]);
});

test("an edit changes the configurations that follow from it, and no other", async () => {
  await apply(...SAMPLES);
  await programmedAsWanted();
  const billing = SAMPLES.find(({ metadata }) => metadata.name === "billing") as KubeObject & { spec: object };
  await apply({ ...billing, spec: { ...billing.spec, owner: "somebody else <else@hospital.example>" } } as KubeObject);
  await eventually(async () =>
    expect((await inTheHub()).get("default/billing")).not.toBe(wantedRevisions.get("default/billing")),
  );
  const { "default/billing": _changed, ...others } = Object.fromEntries(await inTheHub());
  expect({ ...others, "default/billing": wantedRevisions.get("default/billing") }).toEqual(
    Object.fromEntries(wantedRevisions),
  );
});

test("an approved exception that extends a window reaches the Adapter that it names, no other, and goes from it", async () => {
  await apply(...SAMPLES);
  await programmedAsWanted();
  const inDays = (days: number): string => `${new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19)}Z`;
  const resources = [{ kind: "Adapter" as const, name: "audit" }];
  const about = { rules: ["lifecycle/existing-use"], resources, expiresOn: inDays(30), reviewOn: inDays(20) };
  const exception = aPolicyException(about, "default") as KubeObject;
  await apply(exception);
  const extensionsOf = async (name: string) => {
    const config = await new ConfigReader(hub, { namespace: "default", name }).read();
    return typeof config === "object" ? config.extensions : undefined;
  };
  const until = Date.parse(about.expiresOn);
  await eventually(async () => expect(await extensionsOf("audit")).toEqual([{ exception: "default/old-lab", until }]));
  expect(await extensionsOf("billing")).toBeUndefined();
  await deleteAll(api.client, [exception]);
  await programmedAsWanted();
});

test("what is wrong in itself does not take effect: what was there before goes on, beside everything else", async () => {
  await apply(...SAMPLES);
  await programmedAsWanted();
  const audit = structuredClone(SAMPLES.find(({ metadata }) => metadata.name === "audit")) as KubeObject & {
    spec: { accepts: { mapping: { jsonata: string } }[] };
  };
  for (const { mapping } of audit.spec.accepts) mapping.jsonata = "$nosuch(";
  await apply(audit);
  await eventually(() => expect(all("problems")).toMatchObject([{ invalid: true, kind: "Adapter", name: "audit" }]));
  await programmedAsWanted();
});

test("an Adapter that tells of lives has them in its configuration, each version as the API server knows it", async () => {
  const { resources: sample } = await loadManifests("config/samples/lifecycle");
  const lifecycle = { publishedOn: "2026-01-01T00:00:00Z", deprecatedOn: "2030-01-01T00:00:00Z" };
  const visit = aContractVersion({ lifecycle });
  const own = [...everyOne(sample), visit] as KubeObject[];
  await apply(...own);
  const { metadata } = await api.client.get<KubeObject>(CONTRACT_VERSIONS, visit.metadata);
  await eventually(async () => {
    const config = await new ConfigReader(hub, { namespace: "default", name: "lifecycle" }).read();
    expect(config).toMatchObject({ calendar: [{ name: "visit-v1.0.0", uid: metadata.uid, lifecycle }] });
  });
  await deleteAll(api.client, own);
});

test("what is deleted goes from the hub, but for streams that still hold messages", async () => {
  await apply(...SAMPLES);
  await programmedAsWanted();
  const [held] = WANTED.streams.filter(({ role }) => role === "quarantine").map(({ name }) => name);
  await hub.nc.request("quarantine.default.ehr.deliver", "x");
  await deleteAll(api.client, SAMPLES);
  await eventually(async () => expect(await inTheHub()).toEqual(new Map()));
  await eventually(async () => {
    const left = await streamNames(hub, "");
    expect(left.filter((name) => !name.startsWith("KV_"))).toEqual(["LINEAGE_AUDIT", held]);
  });
});

test("what was deleted while no operator ran goes when one does", async () => {
  await apply(...SAMPLES);
  await programmedAsWanted();
  await stop();
  await deleteAll(api.client, SAMPLES);
  stop = await start();
  await eventually(async () => expect(await inTheHub()).toEqual(new Map()));
});

test("a hub that is away is waited for, and one that is emptied is filled again", { timeout: 120_000 }, async () => {
  await hub.nats.kill();
  await apply(...SAMPLES);
  await hub.nats.restart();
  await programmedAsWanted();
  await eventually(() => expect(last.size).toBe(SAMPLES.length));
  expect(all("conflicts")).toEqual([]);
  for (const name of await streamNames(hub, "")) await hub.jsm.streams.delete(name);
  const [first] = SAMPLES as [KubeObject];
  // Something has to happen, or a minute has to pass.
  await apply({ ...first, metadata: { ...first.metadata, labels: { touched: "yes" } } });
  await programmedAsWanted();
});
