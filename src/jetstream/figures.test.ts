import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { Delivery } from "../../test/builders/delivery.ts";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { delivered, down } from "../../test/builders/scriptedtarget.ts";
import { SourceRig, received } from "../../test/builders/sourcerig.ts";
import { FigureReader } from "./figures.ts";

let nats: TestNats;
let delivery: Delivery | undefined;
let rig: SourceRig | undefined;

beforeAll(async () => {
  nats = await startNats();
});
afterEach(async () => {
  await delivery?.stop();
  await rig?.stop();
  [delivery, rig] = [undefined, undefined];
});
afterAll(() => nats.stop());

test("tell what a target took and what was put aside, whatever becomes of the processes that did it", async () => {
  delivery = await Delivery.create(nats);
  const { hub, name, target } = delivery;
  const reader = new FigureReader(hub);
  const figures = async () => (await reader.read()).figures.get(`default/${name}`);
  expect(await figures()).toEqual({ in: 0, out: 0, quarantined: 0, lag: 0 });
  target.answer = ({ id }) => (id === "bad" ? { kind: "Permanent", reason: "no" } : delivered);
  await delivery.start();
  for (const id of ["a", "bad", "b"]) await delivery.publish({ id }, id);
  await delivery.settled();
  await eventually(async () => expect(await figures()).toEqual({ in: 0, out: 2, quarantined: 1, lag: 0 }));
  await delivery.crash();
  await delivery.start();
  await delivery.publish({ id: "c" }, "c");
  await delivery.settled();
  await eventually(async () => expect(await figures()).toEqual({ in: 0, out: 3, quarantined: 1, lag: 0 }));
  expect((await new FigureReader(hub).read()).figures.get(`default/${name}`)?.out).toBe(3);
});

test("tell what waits for a target that is away, or that nobody runs", async () => {
  delivery = await Delivery.create(nats);
  const { hub, name, target } = delivery;
  const reader = new FigureReader(hub);
  const lag = async () => (await reader.read()).figures.get(`default/${name}`)?.lag;
  for (const id of ["a", "b", "c"]) await delivery.publish({ id }, id);
  await eventually(async () => expect(await lag()).toBe(3));
  target.away = down;
  await delivery.start();
  await eventually(() => expect(target.acquired).toBeGreaterThan(0));
  expect(await lag()).toBe(3);
  target.away = undefined;
  await eventually(async () => expect(await lag()).toBe(0));
});

test("tell what a source has stored, and what of it is not normalised yet", async () => {
  rig = await SourceRig.create(nats);
  const reader = new FigureReader(rig.hub);
  const figures = async () => (await reader.read()).figures.get(`default/${rig?.name}`);
  const ingest = await rig.ingest();
  for (const id of ["1", "2"]) await ingest.receive(received(id, { patient: "p", id }));
  await eventually(async () => expect(await figures()).toEqual({ in: 2, out: 0, quarantined: 0, lag: 2 }));
  await rig.normaliser();
  await eventually(async () => expect(await figures()).toEqual({ in: 2, out: 0, quarantined: 0, lag: 0 }));
});

test("cost no more than a listing of the streams where nothing happens", async () => {
  delivery = await Delivery.create(nats);
  const { hub } = delivery;
  const reader = new FigureReader(hub);
  for (let round = 0; round < 4; round++) await reader.read();
  const asked = vi.spyOn(hub.nc, "request");
  await reader.read();
  const subjects = asked.mock.calls.map(([subject]) => subject);
  expect(new Set(subjects)).toEqual(new Set(["$JS.API.STREAM.LIST"]));
});
