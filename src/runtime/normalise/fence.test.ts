import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestHub, startHub } from "../../../test/builders/starthub.ts";
import { streamPlan } from "../../../test/builders/topology.ts";
import { systemClock } from "../../base/clock.ts";
import { replyBucket } from "../../compile/names.ts";
import { formatRawSeq } from "../../compile/rawseq.ts";
import { FloorStore } from "../../jetstream/floors.ts";
import { HEADER } from "../../jetstream/headers.ts";
import { publish } from "../../jetstream/publish.ts";
import { readMessages } from "../../jetstream/read.ts";
import { enforceRetention } from "../../jetstream/retention.ts";
import { Fence } from "./fence.ts";

const CREATED = 1_700_000_000_000;
const ADAPTER = { namespace: "default", name: "ehr" };
let hub: TestHub;
let floors: FloorStore;
let n = 0;

beforeAll(async () => {
  hub = await startHub();
  floors = await FloorStore.open(hub);
});
afterAll(() => hub.stop());
beforeEach(async () => {
  n++;
  await hub.jsm.streams.add({ name: `HUB_d${n}`, subjects: [`hub.d${n}.>`], allow_direct: true, max_bytes: 1_000_000 });
});

async function fence(load = true): Promise<Fence> {
  const made = new Fence(hub, ADAPTER, systemClock, new AbortController().signal);
  if (load) await made.load(`d${n}`);
  return made;
}

/** Part `part` of `parts` of original `sequence`, for bucket 07 unless told otherwise. */
function message(
  sequence: number,
  more: { event?: string; bucket?: string; part?: number; parts?: number; created?: number } = {},
) {
  const { event = "A01", bucket = "07", part = 1, parts = 1, created = CREATED } = more;
  const raw = { created, sequence, part, parts };
  const headers = { [HEADER.rawSeq]: formatRawSeq(raw) };
  return { domain: `d${n}`, contract: "adm", major: 1, event, bucket, raw, headers, data: Buffer.from("{}") };
}

async function held(): Promise<string[]> {
  const found: string[] = [];
  for await (const m of readMessages(hub, `HUB_d${n}`, ">", { sequence: 1 })) found.push(m.header(HEADER.rawSeq));
  return found.map((text) => text.replace(/^\d+\./, ""));
}

test("what a bucket has already is not published again, by whomever, however long ago", async () => {
  const first = await fence();
  expect(await first.publish(message(1))).toBe(true);
  expect(await first.publish(message(2, { event: "A08" }))).toBe(true);
  const next = await fence();
  expect(await next.publish(message(1))).toBe(false);
  expect(await next.publish(message(2, { event: "A08" }))).toBe(false);
  expect(await next.publish(message(3))).toBe(true);
  expect(await held()).toEqual(["1.1/1", "2.1/1", "3.1/1"]);
});

test("of an original of several messages, what is missing is published, also within one bucket", async () => {
  const first = await fence();
  await first.publish(message(1, { part: 1, parts: 3 }));
  await first.publish(message(1, { part: 2, parts: 3, bucket: "09" }));
  const next = await fence();
  expect(await next.publish(message(1, { part: 1, parts: 3 }))).toBe(false);
  expect(await next.publish(message(1, { part: 2, parts: 3, bucket: "09" }))).toBe(false);
  expect(await next.publish(message(1, { part: 3, parts: 3 }))).toBe(true);
  expect(await held()).toEqual(["1.1/3", "1.2/3", "1.3/3"]);
});

test("a predecessor that is still at work is refused, and what its successor has published is not repeated", async () => {
  const old = await fence();
  await old.publish(message(1));
  const successor = await fence();
  await successor.publish(message(2));
  await successor.publish(message(3));
  await expect(old.publish(message(2))).rejects.toMatchObject({ code: "Fenced" });
  expect(await held()).toEqual(["1.1/1", "2.1/1", "3.1/1"]);
});

test("what a predecessor publishes at the last moment is taken as it is", async () => {
  const old = await fence();
  await old.publish(message(1));
  const successor = await fence();
  await old.publish(message(2));
  expect(await successor.publish(message(2))).toBe(false);
  expect(await successor.publish(message(3))).toBe(true);
  expect(await held()).toEqual(["1.1/1", "2.1/1", "3.1/1"]);
});

test("a bucket that was purged meanwhile is gone on with", async () => {
  const made = await fence();
  await made.publish(message(1));
  await hub.jsm.streams.purge(`HUB_d${n}`);
  expect(await made.publish(message(1))).toBe(false);
  expect(await made.publish(message(2))).toBe(true);
  expect(await held()).toEqual(["2.1/1"]);
});

test("what was purged from the hub is known to a successor, too", async () => {
  const made = await fence();
  await made.publish(message(1));
  await made.publish(message(2, { bucket: "09" }));
  const plan = streamPlan(`HUB_d${n}`, [`hub.d${n}.>`], { retentionSeconds: 0 });
  const later = { ...systemClock, now: () => Date.now() + 5000 };
  const { purged } = await enforceRetention(hub, { streams: [plan], consumers: [] }, floors, later);
  expect(purged).toEqual([{ stream: `HUB_d${n}`, messages: 2 }]);
  const next = await fence();
  expect(await next.publish(message(1))).toBe(false);
  expect(await next.publish(message(2, { bucket: "09" }))).toBe(false);
  expect(await next.publish(message(3))).toBe(true);
  expect(await held()).toEqual(["3.1/1"]);
});

test("a RAW stream that was made anew counts from its beginning", async () => {
  const made = await fence();
  await made.publish(message(9));
  const next = await fence();
  expect(await next.publish(message(1, { created: CREATED + 1 }))).toBe(true);
  expect(await next.publish(message(2, { created: CREATED + 1 }))).toBe(true);
  const after = await fence();
  expect(await after.publish(message(2, { created: CREATED + 1 }))).toBe(false);
});

test("a domain that the configuration brought later is known as well, when it is needed", async () => {
  await (await fence()).publish(message(5));
  const unaware = await fence(false);
  expect(await unaware.publish(message(5))).toBe(false);
  expect(await unaware.publish(message(6))).toBe(true);
});

test("every bucket is known, with more event types than one answer of the server holds", async () => {
  const events = Array.from({ length: 17 }, (_, i) => `A${String(i + 1).padStart(2, "0")}`);
  const buckets = Array.from({ length: 64 }, (_, i) => String(i).padStart(2, "0"));
  const places = events.flatMap((event) => buckets.map((bucket) => ({ event, bucket })));
  await Promise.all(
    places.map(({ event, bucket }, i) => {
      const { headers, data } = message(i + 1, { event, bucket });
      return publish(hub, `hub.d${n}.adm.1.default.ehr.${event}.${bucket}`, data, { headers, patienceMs: 5000 });
    }),
  );
  const next = await fence();
  for (const bucket of ["00", "31", "63"])
    expect(await next.publish(message(16 * 64 + Number(bucket) + 1, { event: "A17", bucket }))).toBe(false);
  expect(await next.publish(message(2000))).toBe(true);
});

test.each([
  ["of one byte each", "x".repeat(20_000)],
  ["of three bytes each", "名".repeat(20_000)],
])("the last tenth of the hub is kept for replies, also from characters %s", async (_what, data) => {
  const made = await fence();
  const filling = { data: Buffer.from(data) };
  let sequence = 0;
  const fill = async () => {
    for (;;) await made.publish({ ...message(++sequence), ...filling });
  };
  await expect(fill()).rejects.toMatchObject({ code: "StreamFull" });
  const { state } = await hub.jsm.streams.info(`HUB_d${n}`);
  expect(state.bytes).toBeGreaterThan(900_000 - Buffer.byteLength(data) - 5000);
  expect(state.bytes).toBeLessThanOrEqual(900_000);
  await publish(hub, `hub.d${n}.elig.1.default.ehr.reply.${replyBucket("07", "lab_w0")}`, "x".repeat(50_000), {
    patienceMs: 1000,
  });
  await hub.jsm.streams.purge(`HUB_d${n}`, { seq: 10 });
  await made.publish({ ...message(sequence), ...filling });
});

test("a reply of the same adapter in the same bucket neither stops its normaliser nor hides how far that came", async () => {
  const first = await fence();
  await first.publish(message(1));
  const subject = `hub.d${n}.result.1.default.ehr.reply.${replyBucket("07", "lab_w0")}`;
  await publish(hub, subject, "{}", { patienceMs: 2000 });
  expect(await first.publish(message(2))).toBe(true);
  await publish(hub, subject, "{}", { patienceMs: 2000 });
  const second = await fence();
  expect(await second.publish(message(2))).toBe(false);
  expect(await second.publish(message(3))).toBe(true);
});
