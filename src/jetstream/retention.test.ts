import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { take } from "../../test/builders/pull.ts";
import { consumerPlan, streamPlan } from "../../test/builders/topology.ts";
import { type Clock, systemClock } from "../base/clock.ts";
import { formatRawSeq } from "../compile/rawseq.ts";
import type { ConsumerPlan, StreamPlan, Topology } from "../compile/topology.ts";
import { readMarks } from "./fences.ts";
import { FloorStore } from "./floors.ts";
import { HEADER } from "./headers.ts";
import { publish } from "./publish.ts";
import { readMessages } from "./read.ts";
import { type Retention, enforceRetention } from "./retention.ts";
import { ensureTopology } from "./topology.ts";

const MIB = 1024 ** 2;
const HOUR = 3600;
let hub: TestHub;
let floors: FloorStore;
let n = 0;

beforeAll(async () => {
  hub = await startHub();
  floors = await FloorStore.open(hub);
});
afterAll(() => hub.stop());
beforeEach(() => void n++);

const later = (seconds: number): Clock => ({ ...systemClock, now: () => Date.now() + seconds * 1000 });
const hubPlan = (more: Partial<StreamPlan> = {}) => streamPlan(`HUB_d${n}`, [`hub.d${n}.>`], more);
const rawPlan = (more: Partial<StreamPlan> = {}) => streamPlan(`RAW_default_ehr${n}`, [`raw.default.ehr${n}`], more);
const consumer = (stream: StreamPlan, name: string, ...filterSubjects: string[]): ConsumerPlan =>
  consumerPlan(stream.name, name, { filterSubjects });

async function set(streams: StreamPlan[], ...consumers: ConsumerPlan[]): Promise<Topology> {
  const plan = { streams, consumers };
  await ensureTopology(hub, plan, { replicas: 1, floors });
  return plan;
}

async function send(subject: string, count: number, data: Uint8Array | string = "x", headers = {}): Promise<void> {
  for (let i = 0; i < count; i++) await publish(hub, subject, data, { headers, patienceMs: 5000 });
}

const house = (plan: Topology, seconds = 0): Promise<Retention> => enforceRetention(hub, plan, floors, later(seconds));

async function left(stream: StreamPlan, subject = ">"): Promise<number[]> {
  const found: number[] = [];
  for await (const message of readMessages(hub, stream.name, subject, { sequence: 1 })) found.push(message.sequence);
  return found;
}

test("what every consumer is done with goes once it is past its retention, and nothing else", async () => {
  const stream = hubPlan({ retentionSeconds: HOUR });
  const [fast, slow] = [consumer(stream, "fast", `hub.d${n}.>`), consumer(stream, "slow", `hub.d${n}.>`)];
  const plan = await set([stream], fast, slow);
  await send(`hub.d${n}.a`, 10);
  await take(hub, fast, 10);
  await take(hub, slow, 3);
  expect(await house(plan)).toEqual({ purged: [], missing: [], failed: [] });
  expect((await house(plan, HOUR + 5)).purged).toEqual([{ stream: stream.name, messages: 3 }]);
  expect(await left(stream)).toEqual([4, 5, 6, 7, 8, 9, 10]);
  expect((await house(plan, HOUR + 5)).purged).toEqual([]);
});

test("a message that was acknowledged out of order does not move the floor", async () => {
  const stream = hubPlan({ retentionSeconds: 0 });
  const target = consumer(stream, "target", `hub.d${n}.>`);
  const plan = await set([stream], target);
  await send(`hub.d${n}.a`, 5);
  await take(hub, target, 5, (m) => m.sequence !== 2);
  await house(plan, 5);
  expect(await left(stream)).toEqual([2, 3, 4, 5]);
});

test("a consumer with nothing to do keeps nothing: neither one that never matched nor one whose last match is long ago", async () => {
  const stream = hubPlan({ retentionSeconds: 0 });
  const [busy, seldom, never] = ["busy", "seldom", "never"].map((name) => consumer(stream, name, `hub.d${n}.${name}`));
  const plan = await set([stream], busy as ConsumerPlan, seldom as ConsumerPlan, never as ConsumerPlan);
  await send(`hub.d${n}.seldom`, 1);
  await take(hub, seldom as ConsumerPlan, 1);
  await send(`hub.d${n}.busy`, 8);
  await take(hub, busy as ConsumerPlan, 8);
  await house(plan, 5);
  expect(await left(stream)).toEqual([]);
  await send(`hub.d${n}.seldom`, 2);
  await send(`hub.d${n}.busy`, 2);
  await take(hub, busy as ConsumerPlan, 2);
  await house(plan, 5);
  expect(await left(stream)).toEqual([10, 11, 12, 13]);
});

test("a stream that nobody reads keeps its history for its retention, and no longer", async () => {
  const stream = hubPlan({ retentionSeconds: HOUR });
  const plan = await set([stream]);
  await send(`hub.d${n}.a`, 3);
  await house(plan, HOUR - 60);
  expect(await left(stream)).toEqual([1, 2, 3]);
  await house(plan, HOUR + 5);
  expect(await left(stream)).toEqual([]);
});

test("under pressure history gives way, older half by older half, and never what somebody needs", async () => {
  const stream = hubPlan({ retentionSeconds: 24 * HOUR, maxBytes: 2 * MIB });
  const target = consumer(stream, "target", `hub.d${n}.>`);
  const plan = await set([stream], target);
  await send(`hub.d${n}.a`, 19, new Uint8Array(100_000));
  await take(hub, target, 8);
  await house(plan);
  expect((await left(stream))[0]).toBe(5);
  await send(`hub.d${n}.a`, 4, new Uint8Array(100_000));
  await house(plan);
  expect((await left(stream))[0]).toBe(7);
  for (let round = 0; round < 10; round++) await house(plan);
  expect(await left(stream)).toContain(9);
  await take(hub, target, 15);
  for (let round = 0; round < 10; round++) await house(plan);
  const info = await hub.jsm.streams.info(stream.name);
  expect(info.state.bytes).toBeLessThan(0.8 * info.config.max_bytes);
});

test("originals within the dedupe window stay even under pressure: a restarted server learns the ids from them", async () => {
  const stream = rawPlan({ retentionSeconds: HOUR, duplicateWindowSeconds: HOUR / 2, maxBytes: 2 * MIB });
  const normaliser = consumer(stream, "normalise", `raw.default.ehr${n}`);
  const plan = await set([stream], normaliser);
  await send(`raw.default.ehr${n}`, 19, new Uint8Array(100_000));
  await take(hub, normaliser, 19);
  await house(plan);
  expect(await left(stream)).toHaveLength(19);
  await house(plan, HOUR / 2 + 5);
  expect((await left(stream)).length).toBeLessThan(19);
});

test("a bucket's last message may go before its original is done with: how far its normaliser came is kept", async () => {
  const raw = rawPlan();
  const stream = hubPlan({ retentionSeconds: 0 });
  const plan = await set([stream, raw], consumer(raw, "normalise", `raw.default.ehr${n}`));
  const adapter = { namespace: "default", name: `ehr${n}` };
  const publishFrom = (sequence: number, event: string, bucket: string) =>
    send(`hub.d${n}.adm.1.default.ehr${n}.${event}.${bucket}`, 1, "x", {
      [HEADER.rawSeq]: formatRawSeq({ created: 7, sequence, part: 1, parts: 1 }),
    });
  await send(`raw.default.ehr${n}`, 4);
  await publishFrom(1, "A01", "07");
  await publishFrom(2, "A01", "09");
  await publishFrom(3, "A08", "09");
  await send(`hub.d${n}.elig.1.default.ehr${n}.reply.09`, 1);
  expect(await readMarks(hub, `d${n}`, adapter)).toEqual([]);
  await house(plan, 5);
  expect(await left(stream)).toEqual([]);
  const marks = await readMarks(hub, `d${n}`, adapter);
  const byBucket = marks.map(({ bucket, raw: { sequence } }) => `${bucket} ${sequence}`).toSorted();
  expect(byBucket).toEqual(["07 1", "09 3"]);
  expect(await readMarks(hub, `d${n}`, { ...adapter, name: "other" })).toEqual([]);
});

test("of each writer's lineage stays what its last commit says is needed, and that commit", async () => {
  const stream = streamPlan(`LINEAGE_n${n}`, [`lineage.n${n}.>`], { retentionSeconds: 0 });
  const plan = await set([stream]);
  const commit = (writer: string, headers = {}) => send(`lineage.n${n}.billing.${writer}`, 1, "[]", headers);
  await commit("registration_w0");
  await commit("registration_w0");
  await commit("normalise");
  await commit("registration_w0", { [HEADER.neededFrom]: "2" });
  await commit("normalise");
  await house(plan, 5);
  expect(await left(stream, `lineage.n${n}.billing.registration_w0`)).toEqual([2, 4]);
  expect(await left(stream, `lineage.n${n}.billing.normalise`)).toEqual([5]);
});

test("of a worker's lineage stays what tells of messages that the hub may deliver again", async () => {
  const hubs = hubPlan();
  const stream = streamPlan(`LINEAGE_n${n}`, [`lineage.n${n}.>`], { retentionSeconds: 0 });
  const recordSubject = `lineage.n${n}.billing.d${n}_w0`;
  const billing = { ...consumer(hubs, `n${n}_billing_w0`, `hub.d${n}.>`), recordSubject };
  const plan = await set([hubs, stream], billing);
  const created = Date.parse((await hub.jsm.streams.info(hubs.name)).created);
  await send(`hub.d${n}.a`, 6);
  await take(hub, billing, 5, (m) => m.sequence !== 3);
  for (const ref of [`${created}.1`, `7.9`, `${created}.2`, `${created}.4`, `${created}.5.r1`, `${created}.5`])
    await send(recordSubject, 1, JSON.stringify([{ hop: "Delivery", ref }]));
  await house(plan, 5);
  expect(await left(stream)).toEqual([4, 5, 6]);
  await hub.nc.request(`$JS.API.CONSUMER.RESET.${billing.stream}.${billing.name}`);
  await take(hub, billing, 4);
  await house(plan, 5);
  expect(await left(stream)).toEqual([6]);
});

test("lineage that is full gives its unneeded half back, however young it is", async () => {
  const stream = streamPlan(`LINEAGE_n${n}`, [`lineage.n${n}.>`], { retentionSeconds: 24 * HOUR, maxBytes: 2 * MIB });
  const plan = await set([stream]);
  await send(`lineage.n${n}.billing.normalise`, 20, new Uint8Array(100_000));
  await house(plan);
  expect((await left(stream)).length).toBeLessThanOrEqual(11);
});

test("parked and quarantined messages are never purged", async () => {
  const [parked, aside] = [
    streamPlan(`PARKED_default_t${n}`, [`parked.default.t${n}.>`], { retentionSeconds: 0 }),
    streamPlan(`QUARANTINE_n${n}`, [`quarantine.n${n}.>`], { retentionSeconds: 0 }),
  ];
  const plan = await set([parked, aside]);
  await send(`parked.default.t${n}.x`, 2);
  await send(`quarantine.n${n}.x`, 2);
  expect((await house(plan, HOUR)).purged).toEqual([]);
});

test("trouble with one stream is told, and the others are looked after all the same", async () => {
  const [gone, lost, fine] = [
    hubPlan({ retentionSeconds: 0 }),
    streamPlan(`HUB_e${n}`, [`hub.e${n}.>`], { retentionSeconds: 0 }),
    streamPlan(`HUB_f${n}`, [`hub.f${n}.>`], { retentionSeconds: 0 }),
  ];
  const parked = streamPlan(`PARKED_default_t${n}`, [`parked.default.t${n}.>`]);
  const plan = await set([gone, lost, fine, parked], consumer(lost, "target", `hub.e${n}.>`));
  await send(`hub.f${n}.a`, 2);
  await hub.jsm.streams.delete(gone.name);
  await hub.jsm.streams.delete(parked.name);
  await hub.jsm.consumers.delete(lost.name, "target");
  const { missing, purged } = await house(plan, 5);
  expect(missing).toEqual([gone.name, lost.name, parked.name]);
  expect(purged).toEqual([{ stream: fine.name, messages: 2 }]);
});

test("floors are persisted in each round, for this very stream", async () => {
  const stream = hubPlan();
  const target = consumer(stream, "target", `hub.d${n}.>`);
  const plan = await set([stream], target);
  await send(`hub.d${n}.a`, 4);
  await take(hub, target, 4);
  await house(plan);
  const { created } = await hub.jsm.streams.info(stream.name);
  expect(await floors.read(stream.name, "target")).toEqual({ streamCreated: created, sequence: 4 });
  await eventually(async () => {
    await hub.jsm.streams.delete(stream.name);
    await set([stream], target);
    expect((await hub.jsm.streams.info(stream.name)).state.messages).toBe(0);
  });
  await send(`hub.d${n}.a`, 4);
  await take(hub, target, 4);
  await house(plan);
  const anew = await hub.jsm.streams.info(stream.name);
  expect(await floors.read(stream.name, "target")).toEqual({ streamCreated: anew.created, sequence: 4 });
  expect(anew.created).not.toBe(created);
});

test("a round in which nothing has happened costs one request, however many consumers there are", async () => {
  const requests = async (): Promise<number> => {
    const jsz = (await (await fetch(new URL("/jsz", hub.nats.monitoring))).json()) as { api: { total: number } };
    return jsz.api.total;
  };
  const stream = hubPlan();
  const targets = ["a", "b", "c", "d"].map((name) => consumer(stream, name, `hub.d${n}.${name}`));
  const plan = await set([stream], ...targets);
  await send(`hub.d${n}.a`, 2);
  await take(hub, targets[0] as ConsumerPlan, 2);
  await house(plan);
  const before = await requests();
  await house(plan);
  expect((await requests()) - before).toBe(1);
});

test("records of the audit go past their retention, the oldest of all first under pressure", async () => {
  const aged = streamPlan(`AUDIT_${n}`, [`audit.n${n}.>`], { role: "audit", retentionSeconds: HOUR });
  const plan = await set([aged]);
  await send(`audit.n${n}.Adapter.request`, 3);
  await send(`audit.n${n}.Adapter.token`, 1);
  await house(plan, HOUR - 60);
  expect(await left(aged)).toEqual([1, 2, 3, 4]);
  await house(plan, HOUR + 60);
  expect(await left(aged)).toEqual([]);
  const full = streamPlan(`FULL_${n}`, [`audit.full${n}.>`], { role: "audit", maxBytes: 2 * MIB });
  const pressed = await set([full]);
  await send(`audit.full${n}.Adapter.request`, 18, "x".repeat(100_000));
  await house(pressed);
  expect((await left(full)).at(0)).toBeGreaterThan(1);
  expect((await left(full)).at(-1)).toBe(18);
});
