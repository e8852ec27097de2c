import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { Delivery, type DeliveryOptions } from "../../../test/builders/delivery.ts";
import { delivered, down } from "../../../test/builders/scriptedtarget.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import type { Outcome } from "../../adapters/adapter.ts";
import { hubStream } from "../../compile/names.ts";

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

const fellOver: Outcome = { kind: "Ambiguous", reason: "closed the connection", down: true };
const taken = () => delivery.target.attempts.filter((a) => !a.note.id.startsWith("bad")).map((a) => a.note.id);
const isPaused = async () =>
  (await delivery.hub.jsm.consumers.info(hubStream(delivery.domain), delivery.consumer)).paused === true;

test.each([1, 2, 5])("%i messages that the target falls over at do not keep others waiting", async (bad) => {
  await create();
  delivery.target.answer = ({ id }) => (id.startsWith("bad") ? fellOver : delivered);
  await delivery.start();
  for (let i = 0; i < bad; i++) await delivery.publish({ id: `bad${i}` }, `bad${i}`);
  await eventually(() => expect(delivery.target.attempts.length).toBeGreaterThan(5));
  for (let i = 0; i < 5; i++) {
    await delivery.publish({ id: `good${i}` }, `good${i}`);
    // At worst the breaker has just opened for the second time: what was not tried yet is its next probe.
    await eventually(() => expect(taken()).toHaveLength(i + 1), 10_000);
  }
});

test("a target that is away is probed by one at a time; the rest stays on the hub and comes in order after", async () => {
  const { target } = await create();
  target.away = down;
  await delivery.start();
  for (let i = 0; i < 1000; i++) await delivery.publish({ id: `n${i}` }, `k${i % 100}`);
  await eventually(async () => expect(await isPaused()).toBe(true));
  const { acquired } = target;
  const since = performance.now();
  await eventually(() => expect(target.acquired).toBeGreaterThanOrEqual(acquired + 2));
  // Between two probes there is a second at least: the first delay may have been over already.
  expect(performance.now() - since).toBeGreaterThan(900);
  expect(target.acquired).toBe(acquired + 2);
  target.away = undefined;
  await delivery.settled(20_000);
  expect(target.ids).toHaveLength(1000);
  for (let k = 0; k < 100; k++) {
    const order = target.ids.map((id) => Number(id.slice(1))).filter((n) => n % 100 === k);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  }
  expect(await isPaused()).toBe(false);
});

test("who loses the pin while the target is away does not keep the consumer paused for the next one", async () => {
  const { target } = await create();
  target.away = down;
  await delivery.start();
  await delivery.start();
  for (let i = 0; i < 50; i++) await delivery.publish({ id: `n${i}` }, `k${i}`);
  await eventually(async () => expect(await isPaused()).toBe(true));
  await delivery.unpin();
  target.away = undefined;
  await delivery.settled(15_000);
  expect(new Set(target.ids).size).toBe(50);
});

test("a pause that a dead process left behind ends with the next start", async () => {
  const { target } = await create();
  target.away = down;
  await delivery.start();
  for (let i = 0; i < 50; i++) await delivery.publish({ id: `n${i}` }, `k${i}`);
  await eventually(async () => expect(await isPaused()).toBe(true));
  await delivery.crash();
  target.away = undefined;
  await delivery.start();
  await delivery.settled(5000);
});
