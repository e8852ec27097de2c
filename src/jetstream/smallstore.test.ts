import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { streamPlan } from "../../test/builders/topology.ts";
import { type Topology, bucketBytes } from "../compile/topology.ts";
import { ConfigStore } from "./config.ts";
import { FloorStore } from "./floors.ts";
import { type Hub, closeHub, connectHub } from "./hub.ts";
import { publish } from "./publish.ts";
import { type TopologyOptions, ensureTopology } from "./topology.ts";

const MIB = 1024 ** 2;

describe("on a small store", () => {
  const STORE_BYTES = 64 * MIB;
  let small: TestNats;
  let other: Hub;
  let otherFloors: FloorStore;
  beforeEach(async () => {
    small = await startNats({ maxStoreBytes: STORE_BYTES });
    other = await connectHub({ url: small.url }, "small");
    const { state, config } = bucketBytes(STORE_BYTES);
    otherFloors = await FloorStore.open(other, { maxBytes: state, replicas: 1 });
    await ConfigStore.make(other, { maxBytes: config, replicas: 1 });
  });
  afterEach(async () => {
    await closeHub(other);
    await small.stop();
  });

  const greedy = (...names: string[]): Topology => ({
    streams: names.map((n) => streamPlan(`PARKED_default_${n}`, [`parked.default.${n}.>`], { maxBytes: 1024 ** 3 })),
    consumers: [],
  });
  const fit = (plan: Topology, more: Partial<TopologyOptions> = {}) =>
    ensureTopology(other, plan, { replicas: 1, floors: otherFloors, storeBytes: STORE_BYTES, ...more });
  async function bounds(): Promise<Record<string, number>> {
    const found: Record<string, number> = {};
    for await (const { config } of other.jsm.streams.list()) found[config.name] = config.max_bytes;
    return found;
  }
  const sum = (numbers: number[]) => numbers.reduce((total, n) => total + n, 0);

  test("every stream and bucket is bounded, all together by 90% of it", async () => {
    await fit(greedy("a", "b", "c"));
    const reserved = await bounds();
    expect(Object.keys(reserved).toSorted()).toEqual([
      "KV_fascia_config",
      "KV_fascia_state",
      ...["a", "b", "c"].map((n) => `PARKED_default_${n}`),
    ]);
    expect(Math.min(...Object.values(reserved))).toBeGreaterThanOrEqual(MIB);
    expect(sum(Object.values(reserved))).toBeLessThanOrEqual(0.9 * STORE_BYTES);
    expect(sum(Object.values(reserved))).toBeGreaterThan(0.85 * STORE_BYTES);
    expect(await fit(greedy("a", "b", "c"))).toMatchObject({ created: [], updated: [] });
  });

  test("what is added finds room: the others make it before, and take it back when it goes", async () => {
    await fit(greedy("a", "b"));
    const before = await bounds();
    await fit(greedy("a", "b", "c", "d"), { onlyMissing: true });
    const { created, conflicts } = await fit(greedy("a", "b", "c", "d"));
    expect({ created, conflicts }).toEqual({ created: [], conflicts: [] });
    expect(sum(Object.values(await bounds()))).toBeLessThanOrEqual(0.9 * STORE_BYTES);
    await fit(greedy("a", "b"));
    expect((await bounds())["PARKED_default_a"]).toBeGreaterThan((before["PARKED_default_a"] as number) - 2 * MIB);
  });

  test("a stream that is planned no more stays with what it holds, and reserves no more than that", async () => {
    await fit(greedy("a", "b"));
    for (let i = 0; i < 3; i++)
      await publish(other, "parked.default.a.x", new Uint8Array(MIB - 8192), { patienceMs: 1000 });
    for (let round = 0; round < 20; round++) await fit(greedy(`r${round}`));
    const { state, config } = await other.jsm.streams.info("PARKED_default_a");
    expect(state.messages).toBe(3);
    expect(config.max_bytes).toBe(state.bytes);
    expect(sum(Object.values(await bounds()))).toBeLessThanOrEqual(0.9 * STORE_BYTES);
  });

  test("streams that somebody else made count, and are left alone", async () => {
    await other.jsm.streams.add({ name: "THEIRS", subjects: ["theirs"], max_bytes: 20 * MIB });
    await fit(greedy("a"));
    const reserved = await bounds();
    expect(reserved["THEIRS"]).toBe(20 * MIB);
    expect(sum(Object.values(reserved))).toBeLessThanOrEqual(0.9 * STORE_BYTES);
  });

  test("a server without room says which stream does not fit, and what to do", async () => {
    await expect(fit(greedy("a"), { storeBytes: 1024 ** 4 })).rejects.toMatchObject({
      code: "StoreTooSmall",
      message: expect.stringMatching(/^PARKED_default_a: .*--store-bytes/) as unknown,
    });
  });
});
