import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { DAY_MS, ending } from "../../../test/builders/ending.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { SourceRig, received } from "../../../test/builders/sourcerig.ts";
import type { Ingest } from "../ingest.ts";

const KEY = "note@1.0.0";
let nats: TestNats;
let rig: SourceRig;
let ingest: Ingest;
let sunset: number;
let sent = 0;

beforeAll(async () => void (nats = await startNats()));
beforeEach(async () => {
  sent = 0;
  sunset = Date.now() + DAY_MS;
  rig = await SourceRig.create(nats);
  rig.config = ending(rig.config, KEY, sunset);
  ingest = await rig.ingest();
});
afterEach(() => rig.stop());
afterAll(() => nats.stop());

async function send(count: number): Promise<void> {
  for (const last = sent + count; sent < last; sent++)
    expect(await ingest.receive(received(`C${sent}`, { patient: `p${sent % 3}`, n: sent }))).toMatchObject({
      status: "Accepted",
    });
}

const pass = (): void => void (rig.later = DAY_MS + 1000);
const extended = (until = sunset + 30 * DAY_MS) => rig.transform(ending(rig.config, KEY, sunset, until));
const published = async (count: number) =>
  eventually(async () => expect(await rig.published()).toHaveLength(count), 15_000);
const held = async () => (await rig.records()).filter(({ hop }) => hop === "Held");
const isPinned = async () => {
  const { priority_groups = [] } = (await rig.hub.jsm.consumers.info(`RAW_default_${rig.name}`, "normalise")) as {
    priority_groups?: { pinned_client_id?: string }[];
  };
  return priority_groups.some(({ pinned_client_id = "" }) => pinned_client_id !== "");
};

/** Of each patient's messages every one, once and in order. */
async function expectAll(): Promise<void> {
  await published(sent);
  await eventually(async () => expect(await rig.unacknowledged()).toBe(0));
  const bodies = await rig.bodies();
  for (const patient of ["p0", "p1", "p2"]) {
    const numbers = bodies.filter((body) => body["patient"] === patient).map(({ n }) => Number(n));
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  }
  expect(new Set(bodies.map(({ n }) => n)).size).toBe(sent);
  expect(bodies).toHaveLength(sent);
}

test("from the instant on originals are accepted and stay in RAW; once it is extended they are published in order", async () => {
  const normaliser = await rig.normaliser();
  await send(4);
  await published(4);
  pass();
  await send(20);
  await eventually(async () => expect(await held()).toHaveLength(1));
  await eventually(async () => expect(await isPinned()).toBe(false));
  expect(await rig.published()).toHaveLength(4);
  expect(await rig.unacknowledged()).toBe(20);
  expect(await rig.quarantined()).toEqual([]);
  normaliser.configure(extended());
  await expectAll();
});

test("what is under way when it comes is published or stays, nothing of it twice or out of order", async () => {
  await send(300);
  const normaliser = await rig.normaliser();
  await eventually(async () => expect((await rig.published()).length).toBeGreaterThan(0));
  pass();
  await send(5);
  await eventually(async () => expect(await held()).toHaveLength(1));
  await eventually(async () => expect(await isPinned()).toBe(false));
  expect((await rig.published()).length).toBeLessThan(sent);
  normaliser.configure(extended());
  await expectAll();
});

test("what is under way when it comes and is extended at the same moment is all published", async () => {
  await send(300);
  const normaliser = await rig.normaliser();
  await eventually(async () => expect((await rig.published()).length).toBeGreaterThan(0));
  pass();
  normaliser.configure(extended());
  await expectAll();
});

test("a process that begins after it, or takes over, leaves everything where it is, and tells it no second time", async () => {
  await rig.normaliser();
  pass();
  await send(3);
  await eventually(async () => expect(await held()).toHaveLength(1));
  const second = await rig.normaliser();
  await send(3);
  await eventually(async () => expect(await isPinned()).toBe(false));
  expect(await rig.published()).toEqual([]);
  expect(await held()).toEqual([expect.objectContaining({ reason: expect.stringContaining("has had its sunset") })]);
  second.configure(extended());
  await expectAll();
});

test("from the end of the extension on they stay again", async () => {
  rig.config = ending(rig.config, KEY, sunset, sunset + 2 * DAY_MS);
  pass();
  const normaliser = await rig.normaliser();
  await send(2);
  await published(2);
  rig.later = 4 * DAY_MS;
  await send(2);
  await eventually(async () => expect(await held()).toHaveLength(1));
  expect(await rig.published()).toHaveLength(2);
  await normaliser.stop();
  expect(await rig.unacknowledged()).toBe(2);
});
