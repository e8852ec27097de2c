import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Delivery, type RouteSpec } from "../../../test/builders/delivery.ts";
import { busy, delivered } from "../../../test/builders/scriptedtarget.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { bucketOf } from "../../compile/bucket.ts";
import { hubStream, parkedStream, parkedSubject } from "../../compile/names.ts";
import { MAX_ACK_PENDING } from "../../compile/plan.ts";
import { HEADER, MESSAGE_HEADERS, copyHeaders } from "../../jetstream/headers.ts";
import { publish } from "../../jetstream/publish.ts";
import { getMessage } from "../../jetstream/read.ts";
import { streamCreated } from "../../jetstream/streams.ts";

/** A worker died after it had stored a parked copy and before it could say so: the hub delivers the message as well. */

const SOON: RouteSpec = { integration: "notes", attempts: 1, maxDelaySeconds: 0.1 };

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => {
  nats = await startNats();
});
afterEach(() => delivery.stop());
afterAll(() => nats.stop());

/** What such a worker leaves of the hub's message `sequence`, whose key is `clear`. */
async function leaveCopy(sequence: number, clear: string, msgId: string): Promise<void> {
  const stream = hubStream(delivery.domain);
  const original = await getMessage(delivery.hub, stream, sequence);
  if (!original) throw new Error(`no message ${sequence}`);
  const ref = `${await streamCreated(delivery.hub, stream)}.${sequence}`;
  const key = delivery.key(clear);
  const subject = parkedSubject({ namespace: "default", name: delivery.name }, delivery.domain, bucketOf(key), key);
  const headers = { ...copyHeaders(original, MESSAGE_HEADERS), [HEADER.ref]: ref };
  await publish(delivery.hub, subject, original.data, { headers, msgId: msgId.replace("REF", ref), patienceMs: 5000 });
}

// The second id is one that the stream does not recognise any more: the window is over.
test.each(["park.REF", "long ago"])(
  "a copy that is settled before the hub delivers its message (id %s)",
  async (id) => {
    delivery = await Delivery.create(nats, { concurrency: 2 * MAX_ACK_PENDING });
    const last = MAX_ACK_PENDING + 50;
    for (let i = 1; i <= last; i++) await delivery.publish({ id: `n${i}` }, `k${i}`);
    await leaveCopy(last, `k${last}`, id);
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    delivery.target.answer = async (note) => {
      // The hub delivers no more than may be unacknowledged: the last message comes after the gate is open.
      if (note.id !== `n${last}`) await gate;
      return delivered;
    };
    await delivery.start();
    await eventually(async () => expect(await delivery.parked()).toBe(0));
    expect(delivery.target.ids).toContain(`n${last}`);
    open();
    await delivery.settled();
    expect(delivery.target.ids).toHaveLength(last);
    expect(new Set(delivery.target.ids).size).toBe(last);
  },
);

test.each(["park.REF", "long ago"])("a copy whose message comes while it is being tried (id %s)", async (id) => {
  delivery = await Delivery.create(nats);
  for (let i = 1; i <= 3; i++) await delivery.publish({ id: `n${i}` }, "k");
  await leaveCopy(1, "k", id);
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => (open = resolve));
  delivery.target.answer = async () => {
    await gate;
    return delivered;
  };
  await delivery.start();
  await eventually(async () => expect(await delivery.parked()).toBeGreaterThanOrEqual(3));
  open();
  await delivery.settled();
  expect(delivery.target.ids).toEqual(["n1", "n2", "n3"]);
});

test("a message that was delivered, and is parked since its acknowledgement was lost, is known to be done with", async () => {
  delivery = await Delivery.create(nats, { concurrency: 1, routes: [SOON] });
  delivery.target.answer = ({ id }) => (id === "b" ? busy : delivered);
  await delivery.start();
  await delivery.publish({ id: "a" }, "k");
  await eventually(() => expect(delivery.target.ids).toEqual(["a"]));
  await delivery.publish({ id: "b" }, "k");
  await eventually(async () => expect(await delivery.parked()).toBe(1));
  await delivery.crash();
  await delivery.rewind();
  await delivery.start();
  // "a" comes again and is parked behind "b": by its key it has to.
  await eventually(async () => expect(await delivery.parked()).toBe(2));
  await delivery.stopWorkers();
  // "b" is settled somehow, and the records of "a" are long gone.
  await delivery.hub.jsm.streams.deleteMessage(parkedStream({ namespace: "default", name: delivery.name }), 1);
  await delivery.hub.jsm.streams.purge("LINEAGE_default", { filter: `lineage.default.${delivery.name}.>` });
  await delivery.start();
  await delivery.settled();
  expect(delivery.target.ids.filter((id) => id === "a")).toEqual(["a"]);
});

test("a merge that was delivered, and is parked since its acknowledgement was lost, holds up nobody under its other key", async () => {
  delivery = await Delivery.create(nats, { routes: [SOON] });
  let broken = true;
  delivery.target.answer = ({ id }) => (broken && id === "a" ? busy : delivered);
  await delivery.start();
  await delivery.publish({ id: "merge" }, "a", "b");
  await eventually(() => expect(delivery.target.ids).toEqual(["merge"]));
  await delivery.publish({ id: "a" }, "a");
  await eventually(async () => expect(await delivery.parked()).toBe(1));
  await delivery.crash();
  await delivery.rewind();
  await delivery.start();
  // "merge" comes again and is parked behind "a", with a barrier under "b".
  await eventually(async () => expect(await delivery.parked()).toBe(3));
  await delivery.publish({ id: "b" }, "b");
  await eventually(async () => expect(await delivery.parked()).toBe(4));
  broken = false;
  await delivery.settled();
  expect(delivery.target.ids.filter((id) => id !== "a")).toEqual(["merge", "b"]);
});

test("a merge that was delivered is not waited for by one that was half parked behind it, nor the other way round", async () => {
  delivery = await Delivery.create(nats, { routes: [SOON] });
  let broken = true;
  delivery.target.answer = ({ id }) => (broken && id === "second" ? busy : delivered);
  await delivery.start((hub) => {
    const ask = hub.requests.ask.bind(hub.requests);
    let parked = 0;
    hub.requests.ask = (subject, ...rest) =>
      subject.startsWith("parked.") && ++parked === 2 ? new Promise(() => {}) : ask(subject, ...rest);
    return hub;
  });
  await delivery.publish({ id: "first" }, "a", "b");
  await eventually(() => expect(delivery.target.ids).toEqual(["first"]));
  await delivery.publish({ id: "second" }, "a", "b");
  await eventually(async () => expect(await delivery.parked()).toBe(1));
  await delivery.crash();
  await delivery.rewind();
  await delivery.start();
  // "first" comes again: under "a" it is parked behind "second", under "b" before it.
  await eventually(async () => expect(await delivery.parked()).toBe(4));
  broken = false;
  await delivery.settled();
  expect(delivery.target.ids.filter((id) => id === "first")).toEqual(["first"]);
  expect(delivery.target.ids.at(-1)).toBe("second");
});
