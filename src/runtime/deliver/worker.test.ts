import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Delivery, type DeliveryOptions } from "../../../test/builders/delivery.ts";
import { busy, delivered, silent } from "../../../test/builders/scriptedtarget.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { subjectsOf } from "../../jetstream/streams.ts";

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => {
  nats = await startNats();
});
afterEach(() => delivery.stop());
afterAll(() => nats.stop());

async function create(options: DeliveryOptions = {}): Promise<Delivery> {
  return (delivery = await Delivery.create(nats, options));
}

const hops = async () => (await delivery.records()).map((r) => r.outcome ?? r.hop);
const outcomesOf = async () => (await delivery.quarantined()).map((q) => q.outcome);

/** Publishes one message that fails until it is parked. */
async function parkOne(): Promise<void> {
  delivery.target.answer = () => busy;
  await delivery.start();
  await delivery.publish({ id: "a" }, "k");
  await eventually(async () => expect(await delivery.parked()).toBe(1));
}

test("its records stand where the plan of its consumer says, by which they are kept", async () => {
  await create();
  await delivery.start();
  await delivery.publish({ id: "a" }, "k");
  await delivery.settled();
  const written = await subjectsOf(delivery.hub, "LINEAGE_default", `lineage.default.${delivery.name}.>`);
  expect([...written.keys()]).toEqual(delivery.topology.consumers.map((consumer) => consumer.recordSubject));
});

describe("delivery records", () => {
  test("a target that is not idempotent gets an intent before, and an outcome after each sending", async () => {
    const { target } = await create({ idempotent: false });
    let before: string[] = [];
    target.answer = async () => {
      before = await hops();
      return delivered;
    };
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await delivery.settled();
    expect(before).toEqual(["TakeOver", "Intent"]);
    expect(await hops()).toEqual(["TakeOver", "Intent", "Delivered"]);
  });

  test("an idempotent target needs no intents", async () => {
    await create();
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await delivery.settled();
    expect(await hops()).toEqual(["TakeOver", "Delivered"]);
  });
});

describe("a worker that takes over", () => {
  test("knows what was delivered although every acknowledgement was lost", async () => {
    const { target } = await create({ idempotent: false });
    const ids = Array.from({ length: 300 }, (_, i) => `n${i}`);
    await delivery.start();
    for (const id of ids) await delivery.publish({ id }, `k${ids.indexOf(id) % 40}`);
    await delivery.settled();
    await delivery.crash();
    await delivery.rewind();
    await delivery.start();
    await delivery.publish({ id: "last" }, "k1");
    await delivery.settled();
    expect(target.ids.toSorted()).toEqual([...ids, "last"].toSorted());
    expect(await outcomesOf()).toEqual([]);
  });

  test("puts aside as Ambiguous what was sent and not answered, and does not send it again", async () => {
    const { target } = await create({ idempotent: false });
    target.answer = silent;
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await delivery.publish({ id: "b" }, "k");
    await eventually(() => expect(target.ids).toEqual(["a"]));
    await delivery.crash();
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.ids).toEqual(["a", "b"]);
    expect(await outcomesOf()).toEqual(["Ambiguous"]);
  });

  test("sends it again where the target recognises it, with the same idempotency key", async () => {
    const { target } = await create();
    target.answer = silent;
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await eventually(() => expect(target.ids).toEqual(["a"]));
    await delivery.crash();
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.ids).toEqual(["a", "a"]);
    expect(new Set(target.attempts.map((a) => a.key)).size).toBe(1);
    expect(await outcomesOf()).toEqual([]);
  });

  test("knows of a parked message that was sent and not answered, also when nothing else waits", async () => {
    const { target } = await create({ idempotent: false });
    await parkOne();
    target.answer = silent;
    const before = target.ids.length;
    await eventually(() => expect(target.ids.length).toBe(before + 1));
    await delivery.crash();
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.ids.length).toBe(before + 1);
    expect(await outcomesOf()).toEqual(["Ambiguous"]);
  });

  test("knows of it also when another one took over in between and died at once", async () => {
    const { target } = await create({ idempotent: false });
    await parkOne();
    target.answer = silent;
    const before = target.ids.length;
    await eventually(() => expect(target.ids.length).toBe(before + 1));
    await delivery.crash();
    // It never gets as far as reading what is parked.
    await delivery.start((hub) => {
      hub.jsm.direct.getMessage = () => new Promise(() => {});
      return hub;
    });
    await eventually(async () => expect((await hops()).filter((h) => h === "TakeOver").length).toBe(2));
    await delivery.crash();
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.ids.length).toBe(before + 1);
    expect(await outcomesOf()).toEqual(["Ambiguous"]);
  });

  test("does not send a parked message again that was delivered and only not taken out yet", async () => {
    const { target } = await create({ idempotent: false });
    target.answer = () => busy;
    await delivery.start((hub) => {
      hub.jsm.streams.deleteMessage = () => new Promise(() => {});
      return hub;
    });
    await delivery.publish({ id: "a" }, "k");
    await eventually(async () => expect(await delivery.parked()).toBe(1));
    target.answer = () => delivered;
    await eventually(async () => expect((await hops()).at(-1)).toBe("Delivered"));
    // Others go on meanwhile: the record is not the last one any more.
    for (let i = 0; i < 20; i++) await delivery.publish({ id: `other ${i}` }, `other ${i}`);
    await eventually(async () => expect((await hops()).filter((h) => h === "Delivered").length).toBe(21));
    const before = target.ids.filter((id) => id === "a").length;
    await delivery.crash();
    await delivery.start();
    await delivery.settled();
    expect(target.ids.filter((id) => id === "a").length).toBe(before);
    expect(await outcomesOf()).toEqual([]);
  });
});

describe("a message of two Integrations", () => {
  const routes = [{ integration: "first" }, { integration: "second", map: `$merge([$, {"of": "second"}])` }];
  const sentBy = (which: unknown) => delivery.target.attempts.filter((a) => a.note["of"] === which).length;

  test("of which one fails until it is parked is delivered once for the other", async () => {
    const { target } = await create({ idempotent: false, routes });
    target.answer = (note) => (note["of"] === "second" ? busy : delivered);
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await eventually(() => expect(sentBy("second")).toBeGreaterThan(5));
    expect(sentBy(undefined)).toBe(1);
    target.answer = () => delivered;
    await delivery.settled();
    expect(sentBy(undefined)).toBe(1);
  });

  test("is so after a restart too, however much was delivered in between", async () => {
    const { target } = await create({ idempotent: false, routes });
    target.answer = (note) => (note.id === "a" && note["of"] === "second" ? busy : delivered);
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await eventually(async () => expect(await delivery.parked()).toBe(1));
    for (let i = 0; i < 20; i++) await delivery.publish({ id: `other ${i}` }, `other ${i}`);
    await eventually(() => expect(target.ids.filter((id) => id === "other 19").length).toBe(2));
    await delivery.crash();
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.attempts.filter((a) => a.note.id === "a" && a.note["of"] === undefined).length).toBe(1);
  });
});

test("a pin that lapses between the intent and the sending withdraws the intent, and the message is sent later", async () => {
  const { target } = await create({ idempotent: false });
  let lapses = 1;
  await delivery.start((hub) => {
    const ask = hub.requests.ask.bind(hub.requests);
    hub.requests.ask = async (subject, data, headers, timeoutMs) => {
      const ack = await ask(subject, data, headers, timeoutMs);
      if (String(data).includes('"Intent"') && lapses-- > 0) delivery.ahead += 6000;
      return ack;
    };
    return hub;
  });
  await delivery.publish({ id: "a" }, "k");
  await delivery.settled();
  expect(target.ids).toEqual(["a"]);
  expect(await hops()).toEqual(["TakeOver", "Intent", "Withdrawn", "Intent", "Delivered"]);
});
