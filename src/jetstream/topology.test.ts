import { AckPolicy, RetentionPolicy } from "@nats-io/jetstream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { take } from "../../test/builders/pull.ts";
import { consumerPlan, streamPlan } from "../../test/builders/topology.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "../compile/topology.ts";
import { FloorStore } from "./floors.ts";
import { closeHub, connectHub } from "./hub.ts";
import { publish } from "./publish.ts";
import { type TopologyOptions, ensureTopology } from "./topology.ts";

const MIB = 1024 ** 2;
let hub: TestHub;
let floors: FloorStore;
let count = 0;

beforeAll(async () => {
  hub = await startHub();
  floors = await FloorStore.open(hub);
});
afterAll(() => hub.stop());

let RAW: StreamPlan;
let HUB: StreamPlan;
let NORMALISE: ConsumerPlan;
let BILLING: ConsumerPlan;
let ALL: Topology;

/** Each test has streams of its own: a server that makes a stream anew at once may find the deleted one's messages. */
beforeEach(() => {
  const n = ++count;
  RAW = streamPlan(`RAW_default_ehr${n}`, [`raw.default.ehr${n}`]);
  HUB = streamPlan(`HUB_d${n}`, [`hub.d${n}.>`]);
  NORMALISE = consumerPlan(RAW.name, "normalise", { filterSubjects: RAW.subjects });
  BILLING = consumerPlan(HUB.name, "default_billing_w0", {
    filterSubjects: [`hub.d${n}.a.1.default.*.*.*`, `hub.d${n}.b.1.default.*.*.*`],
  });
  ALL = { streams: [RAW, HUB], consumers: [NORMALISE, BILLING] };
});

const ensure = (plan: Topology, more: Partial<TopologyOptions> = {}) =>
  ensureTopology(hub, plan, { replicas: 1, floors, ...more });

const consumersOf = (stream: StreamPlan, ...consumers: ConsumerPlan[]): Topology => ({ streams: [stream], consumers });

/** Subjects of all requests that would change streams or consumers, while `action` runs. */
async function writesDuring(action: () => Promise<unknown>): Promise<string[]> {
  const written: string[] = [];
  const subscription = hub.nc.subscribe("$JS.API.>", {
    callback: (_error, { subject }) => {
      if (/\.(CREATE|UPDATE|DELETE|PURGE|RESET|DURABLE)\b/.test(subject)) written.push(subject);
    },
  });
  await hub.nc.flush();
  await action();
  await hub.nc.flush();
  subscription.unsubscribe();
  return written;
}

async function fill(messages: number): Promise<void> {
  const subject = `hub.d${count}.a.1.default.ehr.A01.07`;
  for (let i = 0; i < messages; i++) await publish(hub, subject, `${i}`, { patienceMs: 1000 });
}

/** Sequence of the first message that the consumer would deliver, if there is one. */
const nextOf = async (consumer: ConsumerPlan): Promise<number | undefined> =>
  (await take(hub, consumer, 1, () => false))[0]?.sequence;

/** Deletes the stream and makes it anew, empty; see above. */
async function recreated(stream: StreamPlan): Promise<void> {
  await eventually(async () => {
    await hub.jsm.streams.delete(stream.name);
    await ensure({ streams: [stream], consumers: [] });
    expect((await hub.jsm.streams.info(stream.name)).state.messages).toBe(0);
  });
}

test("makes what is missing, and the second time writes nothing", async () => {
  const first = await ensure(ALL);
  expect(first).toEqual({
    created: [RAW.name, HUB.name, `${RAW.name}/normalise`, `${HUB.name}/default_billing_w0`],
    updated: [],
    deleted: [],
    conflicts: [],
  });
  let second: unknown;
  const writes = await writesDuring(async () => (second = await ensure(ALL)));
  expect(writes).toEqual([]);
  expect(second).toEqual({ created: [], updated: [], deleted: [], conflicts: [] });
});

test("also finds nothing to write when another process asks, or messages have been stored", async () => {
  await ensure(ALL);
  await fill(3);
  const other = await connectHub({ url: hub.nats.url }, "other");
  const changes = await ensureTopology(other, ALL, { replicas: 1, floors: await FloorStore.open(other) });
  await closeHub(other);
  expect(changes).toEqual({ created: [], updated: [], deleted: [], conflicts: [] });
});

test("writes only what differs, and keeps messages and acknowledgements", async () => {
  await ensure(ALL);
  await fill(5);
  await take(hub, BILLING, 3);
  const wider = { ...BILLING, filterSubjects: [...BILLING.filterSubjects, `hub.d${count}.c.1.default.*.*.*`] };
  const writes = await writesDuring(() => ensure({ streams: [RAW, HUB], consumers: [NORMALISE, wider] }));
  expect(writes).toEqual([
    expect.stringMatching(`^\\$JS\\.API\\.CONSUMER\\..*CREATE\\.${HUB.name}\\.default_billing_w0$`),
  ]);
  const info = await hub.jsm.consumers.info(HUB.name, BILLING.name);
  expect(info.config.filter_subjects).toEqual(wider.filterSubjects);
  expect(await nextOf(BILLING)).toBe(4);
});

test("a single filter, which the server reports in a field of its own, is no difference", async () => {
  const one = { ...BILLING, filterSubjects: HUB.subjects };
  await ensure(consumersOf(HUB, one));
  expect(await writesDuring(() => ensure(consumersOf(HUB, one)))).toEqual([]);
});

test("a filter goes from several to one and back", async () => {
  await ensure(consumersOf(HUB, BILLING));
  const one = { ...BILLING, filterSubjects: HUB.subjects };
  expect((await ensure(consumersOf(HUB, one))).updated).toEqual([`${HUB.name}/${BILLING.name}`]);
  expect((await ensure(consumersOf(HUB, BILLING))).updated).toEqual([`${HUB.name}/${BILLING.name}`]);
  expect(await writesDuring(() => ensure(consumersOf(HUB, BILLING)))).toEqual([]);
});

test("what JetStream does not let us change is a conflict with its reason, and nothing is deleted", async () => {
  await hub.jsm.streams.add({ name: HUB.name, subjects: HUB.subjects, retention: RetentionPolicy.Workqueue });
  await fill(2);
  await hub.jsm.streams.add({ name: RAW.name, subjects: RAW.subjects });
  await hub.jsm.consumers.add(RAW.name, { durable_name: "normalise", ack_policy: AckPolicy.All });
  const changes = await ensure({ streams: [RAW, HUB], consumers: [NORMALISE] });
  expect(changes.conflicts).toEqual([
    { name: HUB.name, reason: "retention is workqueue, needed is limits" },
    { name: `${RAW.name}/normalise`, reason: "ack policy is all, needed is explicit" },
  ]);
  expect(changes.deleted).toEqual([]);
  expect((await hub.jsm.streams.info(HUB.name)).state.messages).toBe(2);
  expect((await hub.jsm.consumers.info(RAW.name, "normalise")).config.ack_policy).toBe("all");
});

test("streams that hold persist_mode async are conflicts: an acknowledgement would promise nothing", async () => {
  await hub.jsm.streams.add({ name: RAW.name, subjects: RAW.subjects, persist_mode: "async" } as never);
  const { conflicts } = await ensure({ streams: [RAW], consumers: [] });
  expect(conflicts).toEqual([{ name: RAW.name, reason: "persist_mode is async, needed is default" }]);
});

test("a stream is never shrunk below what it holds", async () => {
  await ensure({ streams: [{ ...HUB, maxBytes: 8 * MIB }], consumers: [] });
  for (let i = 0; i < 5; i++) await publish(hub, `hub.d${count}.x`, new Uint8Array(MIB - 8192), { patienceMs: 1000 });
  await ensure({ streams: [{ ...HUB, maxBytes: 2 * MIB }], consumers: [] });
  const { config, state } = await hub.jsm.streams.info(HUB.name);
  expect(state.messages).toBe(5);
  expect(config.max_bytes).toBe(state.bytes);
});

test("a consumer that was deleted goes on after its persisted floor", async () => {
  await ensure(consumersOf(HUB, BILLING));
  await fill(10);
  await take(hub, BILLING, 6);
  await floors.save(hub, HUB.name, await hub.jsm.consumers.info(HUB.name, BILLING.name));
  await hub.jsm.consumers.delete(HUB.name, BILLING.name);
  await ensure(consumersOf(HUB, BILLING));
  expect(await nextOf(BILLING)).toBe(7);
});

test("a floor that was persisted counts for a process that starts later, too", async () => {
  await ensure(consumersOf(HUB, BILLING));
  await fill(4);
  await take(hub, BILLING, 2);
  await floors.save(hub, HUB.name, await hub.jsm.consumers.info(HUB.name, BILLING.name));
  await hub.jsm.consumers.delete(HUB.name, BILLING.name);
  await ensure(consumersOf(HUB, BILLING), { floors: await FloorStore.open(hub) });
  expect(await nextOf(BILLING)).toBe(3);
});

test("a stream that was re-created is read from its beginning, whatever floor its predecessor left", async () => {
  await ensure(consumersOf(HUB, BILLING));
  await fill(3);
  await take(hub, BILLING, 3);
  await floors.save(hub, HUB.name, await hub.jsm.consumers.info(HUB.name, BILLING.name));
  await recreated(HUB);
  await fill(5);
  await ensure(consumersOf(HUB, BILLING));
  expect(await nextOf(BILLING)).toBe(1);
});

test("a new target gets what comes from now on, a new normaliser everything that was stored", async () => {
  await ensure({ streams: [RAW, HUB], consumers: [] });
  await fill(4);
  await publish(hub, `raw.default.ehr${count}`, "stored", { patienceMs: 1000 });
  await ensure(ALL);
  await fill(1);
  expect(await nextOf(BILLING)).toBe(5);
  expect(await nextOf(NORMALISE)).toBe(1);
});

test("a consumer that is planned no more is removed; it goes on where it was when it comes back", async () => {
  await ensure(consumersOf(HUB, BILLING));
  await fill(6);
  await take(hub, BILLING, 4);
  expect((await ensure(consumersOf(HUB))).deleted).toEqual([`${HUB.name}/${BILLING.name}`]);
  await fill(3);
  await ensure(consumersOf(HUB, BILLING));
  expect(await nextOf(BILLING)).toBe(5);
});

test("consumers that somebody else made are left alone", async () => {
  await ensure(consumersOf(HUB));
  await hub.jsm.consumers.add(HUB.name, { durable_name: "somebodys", ack_policy: AckPolicy.Explicit });
  expect((await ensure(consumersOf(HUB))).deleted).toEqual([]);
  expect((await hub.jsm.consumers.info(HUB.name, "somebodys")).name).toBe("somebodys");
});

test("with onlyMissing nothing that exists is touched", async () => {
  await ensure(ALL);
  const changed = {
    streams: [RAW, { ...HUB, maxBytes: 2 * HUB.maxBytes }, streamPlan(`HUB_new${count}`, [`hub.new${count}.>`])],
    consumers: [{ ...BILLING, filterSubjects: HUB.subjects }],
  };
  expect(await ensure(changed, { onlyMissing: true })).toEqual({
    created: [`HUB_new${count}`],
    updated: [],
    deleted: [],
    conflicts: [],
  });
});
