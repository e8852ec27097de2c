import { Kvm } from "@nats-io/kv";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { contentHash } from "../base/hash.ts";
import { CONFIG_BUCKET, STANDING_KEYS, standingKey } from "../compile/names.ts";
import { ConfigStore, PART_CHARS } from "./config.ts";
import { type Standing, StandingStore } from "./standing.ts";

const SIZE = { maxBytes: 16 * 1024 ** 2, replicas: 1 };

let hub: TestHub;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());
beforeEach(async () => (await anew()).write([]));

/** As a process has it that has just begun. */
const anew = () => StandingStore.open(hub, SIZE);
const entry = (id: string, revision: string, text = `${id} ${revision}`): Standing => ({
  id,
  revision,
  text: () => text,
});
const there = async () => (await (await anew()).read()).toSorted();
const keys = async () => {
  const subject = `$KV.${CONFIG_BUCKET}.${STANDING_KEYS}`;
  const { state } = await hub.jsm.streams.info(`KV_${CONFIG_BUCKET}`, { subjects_filter: subject });
  return Object.keys(state.subjects ?? {});
};

test("what is written is there for the next process, under each name the latest", async () => {
  const store = await anew();
  await store.write([entry("Adapter clinic/ehr", "1"), entry("ContractVersion visit-v1.0.0", "1")]);
  expect(await there()).toEqual(["Adapter clinic/ehr 1", "ContractVersion visit-v1.0.0 1"]);
  await store.write([entry("Adapter clinic/ehr", "2"), entry("ContractVersion visit-v1.0.0", "1")]);
  expect(await there()).toEqual(["Adapter clinic/ehr 2", "ContractVersion visit-v1.0.0 1"]);
});

test("what is not wanted any more is taken away, also by the next process", async () => {
  await (await anew()).write([entry("a", "1"), entry("b", "1"), entry("c", "1")]);
  const store = await anew();
  await store.write([entry("a", "1"), entry("b", "1")]);
  await store.write([entry("a", "1")]);
  expect(await there()).toEqual(["a 1"]);
});

test("what is there already is not written again", async () => {
  await (await anew()).write([entry("a", "1")]);
  const store = await anew();
  const unasked = { id: "a", revision: "1", text: () => expect.fail("it is there") };
  await store.write([unasked]);
  await store.write([unasked]);
});

test("a text longer than a message may be is there as a whole, and leaves nothing behind", async () => {
  const long = "x".repeat(PART_CHARS * 2 + 1);
  const store = await anew();
  await store.write([entry("a", "1", long)]);
  expect(await there()).toEqual([long]);
  await store.write([entry("a", "2", "short")]);
  expect(await there()).toEqual(["short"]);
  expect(await keys()).toHaveLength(1);
});

test("of a text that was not written whole the one before is there, until it is", async () => {
  await (await anew()).write([entry("a", "1")]);
  const long = "y".repeat(PART_CHARS + 1);
  const kv = await new Kvm(hub.nc).open(CONFIG_BUCKET);
  await kv.put(standingKey(contentHash("a"), contentHash("2"), 0, 2), long.slice(0, PART_CHARS));
  expect(await there()).toEqual(["a 1"]);
  await (await anew()).write([entry("a", "2", long)]);
  expect(await there()).toEqual([long]);
});

test("of two whole texts of one name the later one counts", async () => {
  await (await anew()).write([entry("a", "1")]);
  const kv = await new Kvm(hub.nc).open(CONFIG_BUCKET);
  await kv.put(standingKey(contentHash("a"), contentHash("2"), 0, 1), "a 2");
  expect(await there()).toEqual(["a 2"]);
});

test("configurations are not taken for it, nor it for configurations", async () => {
  const configs = await ConfigStore.make(hub, SIZE);
  const spec = { system: "x", owner: "o" } as never;
  const name = { namespace: "clinic", name: "ehr" };
  await configs.put({ revision: "r", ...name, spec, contracts: {}, emits: [], routes: [], domains: [] });
  await (await anew()).write([entry("a", "1")]);
  expect([await configs.list(), await there()]).toEqual([[name], ["a 1"]]);
});

test("what goes makes room in a full bucket for what comes", async () => {
  const small = await startHub();
  const open = () => StandingStore.open(small, { maxBytes: 1024 ** 2, replicas: 1 });
  const large = (id: string) => entry(id, "1", id.repeat(PART_CHARS));
  try {
    await (await open()).write([large("a"), large("b")]);
    await expect((await open()).write([large("a"), large("b"), large("c")])).rejects.toThrow("is full");
    const store = await open();
    await store.write([large("b"), large("c")]);
    await store.write([large("c"), large("d")]);
    expect((await (await open()).read()).map((text) => text[0]).toSorted()).toEqual(["c", "d"]);
  } finally {
    await small.stop();
  }
});
