import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { closeHub, connectHub } from "./hub.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** Texts that arrive on `subject`, in order. */
async function heard(subject: string): Promise<string[]> {
  const texts: string[] = [];
  hub.nc.subscribe(subject, { callback: (_error, message) => void texts.push(message.string()) });
  await hub.nc.flush();
  return texts;
}

test("what is sent in one turn of the event loop leaves in its order, in one go at the turn's end", async () => {
  const texts = await heard("a");
  const publish = vi.spyOn(hub.nc, "publish");
  hub.outbox.send({ subject: "a", data: "1" });
  await Promise.resolve();
  hub.outbox.send({ subject: "a", data: "2" });
  expect(publish).not.toHaveBeenCalled();
  await new Promise((resolve) => setImmediate(resolve));
  expect(publish).toHaveBeenCalledTimes(2);
  publish.mockRestore();
  await hub.nc.flush();
  expect(texts).toEqual(["1", "2"]);
});

test("what waits can be sent before anything that goes another way", async () => {
  const texts = await heard("b");
  hub.outbox.send({ subject: "b", data: "first" });
  hub.outbox.flush();
  hub.nc.publish("b", "second");
  await hub.nc.flush();
  expect(texts).toEqual(["first", "second"]);
});

test("what the client refuses is told to its sender alone; the rest is sent", async () => {
  const texts = await heard("c");
  const refused: unknown[] = [];
  hub.outbox.send({ subject: "no subject", data: "x", refused: (error) => refused.push(error) });
  hub.outbox.send({ subject: "no subject", data: "x" });
  hub.outbox.send({ subject: "c", data: "y" });
  hub.outbox.flush();
  await hub.nc.flush();
  expect(refused).toEqual([expect.objectContaining({ name: "InvalidSubjectError" })]);
  expect(texts).toEqual(["y"]);
});

test("closing the connection sends what waits", async () => {
  const texts = await heard("d");
  const other = await connectHub({ url: hub.nats.url }, "other");
  other.outbox.send({ subject: "d", data: "last" });
  await closeHub(other);
  await hub.nc.flush();
  expect(texts).toEqual(["last"]);
});
