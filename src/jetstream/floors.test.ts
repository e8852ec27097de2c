import type { AckPolicy } from "@nats-io/jetstream";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { FloorStore } from "./floors.ts";
import type { Hub } from "./hub.ts";
import { publish } from "./publish.ts";

let hub: TestHub;
let floors: FloorStore;

beforeAll(async () => {
  hub = await startHub();
  floors = await FloorStore.open(hub);
});
afterAll(() => hub.stop());

/** A stream of three messages and a consumer of some of its subjects that was given nothing yet; the floor that is kept. */
async function floorOf(stream: string, subjects: string[], through: Hub = hub): Promise<number> {
  await hub.jsm.streams.add({ name: stream, subjects: [`${stream}.>`] });
  const filters = subjects.map((subject) => `${stream}.${subject}`);
  const config = { durable_name: "w", ack_policy: "explicit" as AckPolicy, filter_subjects: filters };
  await hub.jsm.consumers.add(stream, config);
  for (const subject of ["a", "b", "b"]) await publish(hub, `${stream}.${subject}`, "x", { patienceMs: 5000 });
  return floors.save(through, stream, await hub.jsm.consumers.info(stream, "w"));
}

/** The hub with a server that has not yet counted for the consumer what it has stored. */
function notYetCounted(): Hub {
  const { consumers } = hub.jsm;
  const late = Object.assign(Object.create(consumers) as typeof consumers, {
    info: async (stream: string, name: string) => ({ ...(await consumers.info(stream, name)), num_pending: 0 }),
  });
  return { ...hub, jsm: Object.assign(Object.create(hub.jsm) as typeof hub.jsm, { consumers: late }) };
}

test("a consumer that nothing waits for is done with the whole stream", async () => {
  expect(await floorOf("IDLE", ["c", "d"])).toBe(3);
});

test.each([
  ["one", ["a"]],
  ["several", ["c", "b"]],
  ["all", []],
])("a message that the server has stored and not yet counted holds the floor (filters: %s)", async (name, subjects) => {
  expect(await floorOf(`LATE_${name}`, subjects, notYetCounted())).toBe(0);
});

test("a floor that stands there already is not written again by a process that starts anew", async () => {
  const sequence = async () => (await hub.jsm.streams.info("KV_fascia_state")).state.last_seq;
  expect(await floorOf("ANEW", ["c"])).toBe(3);
  const before = await sequence();
  const anew = await FloorStore.open(hub);
  expect(await anew.save(hub, "ANEW", { name: "w" })).toBe(3);
  expect(await sequence()).toBe(before);
  const { created } = await hub.jsm.streams.info("ANEW");
  expect(anew.isAt("ANEW", "w", { streamCreated: created, sequence: 3 })).toBe(true);
  expect(anew.isAt("ANEW", "w", { streamCreated: created, sequence: 4 })).toBe(false);
});
