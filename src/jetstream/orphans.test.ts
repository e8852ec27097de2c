import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { take } from "../../test/builders/pull.ts";
import { consumerPlan, streamPlan } from "../../test/builders/topology.ts";
import type { AdapterName } from "../compile/names.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "../compile/topology.ts";
import { discard } from "./discard.ts";
import { FloorStore } from "./floors.ts";
import { removeOrphans } from "./orphans.ts";
import { publish } from "./publish.ts";
import { streamNames } from "./streams.ts";
import { ensureTopology } from "./topology.ts";
import { cutOf, waitingFor } from "./waiting.ts";

const NOTHING: Topology = { streams: [], consumers: [] };
let hub: TestHub;
let floors: FloorStore;
let count = 0;

beforeAll(async () => {
  hub = await startHub();
  floors = await FloorStore.open(hub);
});
afterAll(() => hub.stop());

let ehr: AdapterName;
let RAW: StreamPlan;
let PARKED: StreamPlan;
let NORMALISE: ConsumerPlan;
let ALL: Topology;

beforeEach(() => {
  ehr = { namespace: "clinic", name: `ehr${++count}` };
  RAW = streamPlan(`RAW_clinic_${ehr.name}`, [`raw.clinic.${ehr.name}`]);
  PARKED = streamPlan(`PARKED_clinic_${ehr.name}`, [`parked.clinic.${ehr.name}.>`]);
  NORMALISE = consumerPlan(RAW.name, "normalise", { filterSubjects: RAW.subjects });
  ALL = { streams: [RAW, PARKED], consumers: [NORMALISE] };
});

afterEach(async () => {
  for (const name of await streamNames(hub, "")) if (!name.startsWith("KV_")) await hub.jsm.streams.delete(name);
});

const ensure = (plan: Topology) => ensureTopology(hub, plan, { replicas: 1, floors });
const remove = (plan = NOTHING, meanwhile = () => Promise.resolve()) =>
  removeOrphans({ hub, floors, clock: { sleep: meanwhile } }, plan);
const store = (subject = RAW.subjects[0] as string) => publish(hub, subject, Buffer.from("x"), { patienceMs: 0 });
const infoOf = (stream: string) => hub.jsm.streams.info(stream);

describe("Streams that nobody plans any more", () => {
  test("go when they are empty; those that are planned, or not ours, stay", async () => {
    await ensure(ALL);
    await hub.jsm.streams.add({ name: `other${count}`, subjects: [`other${count}`] });
    expect(await remove({ streams: [PARKED], consumers: [] })).toEqual([RAW.name]);
    const left = await streamNames(hub, "");
    expect(left).toEqual(expect.arrayContaining([PARKED.name, `other${count}`, "KV_fascia_state"]));
    expect(left).not.toContain(RAW.name);
    expect(await remove()).toEqual([PARKED.name]);
  });

  test("stay as long as they hold anything, without consumers; a successor goes on where these were", async () => {
    await ensure(ALL);
    await store();
    await store();
    await take(hub, NORMALISE, 1);
    expect(await remove()).toEqual([PARKED.name]);
    expect((await infoOf(RAW.name)).state).toMatchObject({ messages: 2, consumer_count: 0 });
    expect((await infoOf(RAW.name)).config.max_age).toBe(0);
    await ensure(ALL);
    expect((await take(hub, NORMALISE, 1)).map(({ sequence }) => sequence)).toEqual([2]);
  });

  test("take nothing any more before they go: what was stored until then keeps them", async () => {
    await ensure(ALL);
    const late = async () => {
      await expect(store()).rejects.toMatchObject({ code: "HubUnavailable" });
      // As if the server had been slow to store what it had taken before.
      await store(`closed.${RAW.name}`);
    };
    expect(await remove(NOTHING, late)).toEqual([PARKED.name]);
    expect((await infoOf(RAW.name)).state.messages).toBe(1);
    await ensure(ALL);
    await store();
    expect((await infoOf(RAW.name)).state.messages).toBe(2);
  });

  test("with originals that are all normalised are left to age as they would have; planned again, they keep them", async () => {
    await ensure(ALL);
    await store();
    await take(hub, NORMALISE, 1);
    await remove();
    expect((await infoOf(RAW.name)).config.max_age).toBe(RAW.retentionSeconds * 1_000_000_000);
    await ensure(ALL);
    expect((await infoOf(RAW.name)).config.max_age).toBe(0);
    expect((await infoOf(RAW.name)).state.messages).toBe(1);
  });
});

describe("What is discarded with an adapter", () => {
  test("is all that waits for it or because of it, and nothing of others", async () => {
    const quarantine = streamPlan(`QUARANTINE_clinic`, [`quarantine.clinic.>`]);
    const domain = `d${count}`;
    const care = streamPlan(`HUB_${domain}`, [`hub.${domain}.>`]);
    const consumer = consumerPlan(care.name, `clinic_${ehr.name}_w0`, { filterSubjects: care.subjects });
    await ensure({ streams: [...ALL.streams, quarantine, care], consumers: [...ALL.consumers, consumer] });
    await store();
    await store(`parked.clinic.${ehr.name}.care.00.k`);
    await store(`hub.${domain}.visit.1.clinic.ehr.A01.00`);
    await store(`quarantine.clinic.${ehr.name}.deliver`);
    await store(`quarantine.clinic.${ehr.name}x.deliver`);
    await ensure({ streams: [quarantine, care], consumers: [] });
    expect(await floors.read(care.name, consumer.name)).toMatchObject({ sequence: 0 });
    await discard(hub, ehr, floors);
    const left = await streamNames(hub, "");
    for (const name of [RAW.name, PARKED.name]) expect(left).not.toContain(name);
    expect((await infoOf(quarantine.name)).state.messages).toBe(1);
    expect((await infoOf(care.name)).state.messages).toBe(1);
    expect(await floors.read(care.name, consumer.name)).toBeUndefined();
    await discard(hub, ehr, floors);
  });
});

describe("What waits for an adapter", () => {
  test("is what is to be normalised, to be delivered, and parked; not what came later, nor what nobody made", async () => {
    const domain = `d${count}`;
    const care = streamPlan(`HUB_${domain}`, [`hub.${domain}.>`]);
    const consumer = consumerPlan(care.name, `clinic_${ehr.name}_w0`, { filterSubjects: [`hub.${domain}.visit.>`] });
    const waiter = { ...ehr, domains: [domain] };
    expect(await waitingFor(hub, waiter, await cutOf(hub, waiter))).toBe(0);
    await ensure({ streams: [...ALL.streams, care], consumers: [...ALL.consumers, consumer] });
    await store();
    await store(`parked.clinic.${ehr.name}.care.00.k`);
    await store(`hub.${domain}.visit.1`);
    await store(`hub.${domain}.bed.1`);
    const cut = await cutOf(hub, waiter);
    expect(await waitingFor(hub, waiter, cut)).toBe(3);
    await take(hub, NORMALISE, 1);
    await take(hub, consumer, 1);
    await hub.jsm.streams.purge(PARKED.name);
    await store(`hub.${domain}.visit.1`);
    expect(await waitingFor(hub, waiter, cut)).toBe(0);
    expect(await waitingFor(hub, waiter, await cutOf(hub, waiter))).toBe(1);
  });
});
