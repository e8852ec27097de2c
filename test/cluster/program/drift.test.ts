import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { compile } from "../../../src/compile/compile.ts";
import { byKind } from "../../../src/compile/resources.ts";
import { ConfigReader } from "../../../src/jetstream/configreader.ts";
import { publish } from "../../../src/jetstream/publish.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { ProgramState } from "../../../src/operator/program/state.ts";
import { eventually } from "../../builders/eventually.ts";
import { JumpingClock } from "../../builders/jumpingclock.ts";
import { type TestHub, startHub } from "../../builders/starthub.ts";
import { take } from "../../builders/pull.ts";
import { aContractVersion, aSource, aTarget, anIntegration } from "../../builders/resources.ts";
import { consumerPlan } from "../../builders/topology.ts";
import { applyAll, deleteAll, typeOf } from "../served.ts";
import { type Api, startApi } from "../startapi.ts";
import { startProgrammer } from "./rig.ts";

/** Somebody lays hands on the hub, or its server comes back without what it had. */

const contractVersions = [aContractVersion(), aContractVersion({ contract: "bed", domain: "logistics" })];
const adapters = [
  aSource("ehr"),
  aTarget("lab"),
  aSource("beds", 2576, { emits: [{ contract: "bed", version: "1.0.0" }] }),
];
const integrations = [anIntegration("admissions")];
const ALL = [...contractVersions, ...adapters, ...integrations].map((resource) => ({
  ...resource,
  metadata: { ...resource.metadata, ...(resource.kind !== "ContractVersion" && { namespace: "default" }) },
})) as KubeObject[];
const [, , EHR, LAB, BEDS, ADMISSIONS] = ALL as [
  KubeObject,
  KubeObject,
  KubeObject,
  KubeObject,
  KubeObject,
  KubeObject,
];

const RAW = "RAW_default_ehr";
const CARE = "HUB_care";
const LABS = consumerPlan(CARE, "default_lab_w0");
/** Everything is compared, and what differs written, once in this time. */
const RESYNC_MS = 60_000;

let api: Api;
let hub: TestHub;
let clock: JumpingClock;
let state: ProgramState;
let stop: () => Promise<void>;

beforeAll(async () => {
  api = await startApi();
}, 120_000);
afterAll(() => api?.stop());
beforeEach(async () => {
  hub = await startHub();
  clock = new JumpingClock();
  state = new ProgramState();
});
afterEach(async () => {
  await stop();
  await deleteAll(api.client, ALL);
  await hub.stop();
});

async function begin(): Promise<void> {
  await applyAll(api.client, ALL);
  stop = await startProgrammer(api, hub.nats.url, state, clock);
}

const stateOf = async (resource: KubeObject) => state.hubOf(await api.client.get(typeOf(resource), resource.metadata));

async function programmed(...resources: KubeObject[]): Promise<void> {
  for (const resource of resources)
    await eventually(async () => expect(await stateOf(resource)).toEqual({ state: "Programmed" }));
}

const arrives = (subject = "hub.care.visit.1.default.ehr.A01.00") => publish(hub, subject, "{}", { patienceMs: 5000 });
const consumer = () => hub.jsm.consumers.info(CARE, LABS.name);
const stream = async (name: string) => (await hub.jsm.streams.info(name)).config;

describe("A consumer", () => {
  test("that somebody deletes is made again within seconds, and goes on where it was", async () => {
    await begin();
    await programmed(...ALL);
    for (let i = 0; i < 3; i++) await arrives();
    await take(hub, LABS, 2);
    // Its floor is kept every two seconds.
    await eventually(async () =>
      expect(
        (
          await hub.jsm.streams.getMessage("KV_fascia_state", {
            last_by_subj: `$KV.fascia_state.floor.${CARE}.${LABS.name}`,
          })
        )?.json(),
      ).toMatchObject({ sequence: 2 }),
    );
    await hub.jsm.consumers.delete(CARE, LABS.name);
    await arrives();
    await eventually(async () => expect((await consumer()).num_pending).toBe(2), 10_000);
    expect((await take(hub, LABS, 2)).map(({ sequence }) => sequence)).toEqual([3, 4]);
  });

  test("that somebody changes is put right at the next resync", async () => {
    await begin();
    await programmed(...ALL);
    const { config } = await consumer();
    await hub.jsm.consumers.update(CARE, LABS.name, { ...config, filter_subjects: ["hub.care.>"], max_ack_pending: 1 });
    clock.jump(RESYNC_MS);
    await eventually(async () =>
      expect((await consumer()).config).toMatchObject({
        filter_subjects: config.filter_subjects,
        max_ack_pending: config.max_ack_pending,
      }),
    );
  });

  test("that is somebody else's is left alone", async () => {
    await begin();
    await programmed(...ALL);
    await hub.jsm.consumers.add(CARE, { durable_name: "somebody", ack_policy: "explicit" });
    clock.jump(RESYNC_MS);
    await hub.jsm.consumers.delete(CARE, LABS.name);
    await eventually(() => consumer().then(() => true));
    expect((await hub.jsm.consumers.info(CARE, "somebody")).name).toBe("somebody");
  });
});

describe("A stream", () => {
  test("that somebody deletes is made again within seconds, and begins anew", async () => {
    await begin();
    await programmed(...ALL);
    await arrives("raw.default.ehr");
    await hub.jsm.streams.purge(RAW);
    await hub.jsm.streams.delete(RAW);
    await eventually(() => stream(RAW).then(() => true), 10_000);
    await eventually(() => hub.jsm.consumers.info(RAW, "normalise").then(() => true), 10_000);
    await arrives("raw.default.ehr");
    expect((await take(hub, consumerPlan(RAW, "normalise"), 1)).map(({ sequence }) => sequence)).toEqual([1]);
  });

  test("that somebody changes is put right at the next resync", async () => {
    await begin();
    await programmed(...ALL);
    const config = await stream(RAW);
    await hub.jsm.streams.update(RAW, { ...config, subjects: ["raw.default.other"], max_age: 86_400_000_000_000 });
    clock.jump(RESYNC_MS);
    await eventually(async () => expect(await stream(RAW)).toMatchObject({ subjects: config.subjects, max_age: 0 }));
  });

  test.each([
    ["an Adapter's originals", RAW, "raw.default.ehr", [EHR], [LAB, BEDS, ADMISSIONS]],
    ["a domain", CARE, "hub.care.>", [EHR, LAB, ADMISSIONS], [BEDS]],
  ])(
    "of %s that can't be changed into what is needed is said of those whom it concerns, and never made anew",
    async (_what, name, subject, concerned, others) => {
      await hub.jsm.streams.add({ name, subjects: [subject], storage: "memory" });
      const { created } = await hub.jsm.streams.info(name);
      await begin();
      await programmed(...others);
      for (const resource of concerned)
        expect(await stateOf(resource)).toEqual({
          state: "Conflict",
          reasons: [`${name}: storage is memory, needed is file`],
        });
      clock.jump(RESYNC_MS);
      await arrives();
      expect((await hub.jsm.streams.info(name)).created).toBe(created);
      await hub.jsm.streams.delete(name);
      clock.jump(RESYNC_MS);
      await programmed(...ALL);
      expect((await stream(name)).storage).toBe("file");
    },
  );
});

test("a server that comes back empty is given everything again", { timeout: 120_000 }, async () => {
  await begin();
  await programmed(...ALL);
  await hub.nats.kill();
  await hub.nats.wipe();
  await hub.nats.restart();
  const wanted = compile(byKind([...contractVersions, ...adapters.map(local), ...integrations.map(local)]));
  clock.jump(RESYNC_MS);
  await eventually(async () => {
    for (const { name } of wanted.streams) await stream(name);
    for (const { stream: of, name } of wanted.consumers) await hub.jsm.consumers.info(of, name);
    for (const { name } of wanted.configs) {
      const config = await new ConfigReader(hub, { namespace: "default", name }).read();
      expect(typeof config).toBe("object");
    }
  }, 60_000);
  await programmed(...ALL);
});

const local = <R extends { metadata: object }>(resource: R): R => ({
  ...resource,
  metadata: { ...resource.metadata, namespace: "default" },
});
