import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { startStallingProxy } from "../../test/builders/stallingproxy.ts";
import { closeHub, connectHub } from "./hub.ts";
import { publish } from "./publish.ts";

let hub: TestHub;
let n = 0;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());
beforeEach(async () => {
  n++;
  await hub.jsm.streams.add({ name: `S${n}`, subjects: [`s${n}.>`], discard: "new", max_bytes: 1024 ** 2 });
});

const stored = async (): Promise<number> => (await hub.jsm.streams.info(`S${n}`)).state.messages;

async function comeBack(): Promise<void> {
  await hub.nats.restart();
  await eventually(() => hub.nc.rtt().then(() => {}));
}

test("resolves with the sequence once the message is stored; the same id is stored once", async () => {
  const options = { msgId: "m1", patienceMs: 1000, headers: { "Fascia-Event": "A01" } };
  expect(await publish(hub, `s${n}.a`, "x", options)).toEqual({ sequence: 1, duplicate: false });
  expect(await publish(hub, `s${n}.a`, "x", options)).toEqual({ sequence: 1, duplicate: true });
  expect(await stored()).toBe(1);
});

test("an answer that was lost is asked for again under the same id: stored once", async () => {
  const proxy = await startStallingProxy(Number(new URL(hub.nats.url).port));
  const own = await connectHub({ url: `nats://127.0.0.1:${proxy.port}` }, "unheard");
  proxy.stallAfter(0);
  const publishing = publish(own, `s${n}.a`, "x", { msgId: "m1", patienceMs: 10_000 });
  setTimeout(() => proxy.resume(), 3500);
  expect((await publishing).sequence).toBe(1);
  expect(await stored()).toBe(1);
  await closeHub(own);
  await proxy.close();
});

test("what has been tried for as long as asked rejects with HubUnavailable, and is not stored later", async () => {
  const own = await connectHub({ url: hub.nats.url }, "patient");
  await hub.nats.kill();
  const began = performance.now();
  await expect(publish(own, `s${n}.a`, "x", { msgId: "m1", patienceMs: 500 })).rejects.toMatchObject({
    code: "HubUnavailable",
  });
  expect(performance.now() - began).toBeLessThan(15_000);
  await comeBack();
  await eventually(() => own.nc.rtt().then(() => {}));
  expect(await stored()).toBe(0);
  await closeHub(own);
});

test("a server that comes back in time is not noticed", async () => {
  await hub.nats.kill();
  const publishing = publish(hub, `s${n}.a`, "x", { msgId: "m1", patienceMs: 10_000 });
  await hub.nats.restart();
  expect((await publishing).sequence).toBe(1);
});

test("aborting ends the trying", async () => {
  await hub.nats.kill();
  const abort = new AbortController();
  const publishing = publish(hub, `s${n}.a`, "x", { patienceMs: 60_000, signal: abort.signal });
  abort.abort();
  await expect(publishing).rejects.toMatchObject({ code: "HubUnavailable" });
  await comeBack();
});

test("an expectation that does not hold is Fenced; wildcards take in other subjects", async () => {
  const expecting = (sequence: number) => ({
    patienceMs: 1000,
    expectLast: { subject: `s${n}.*.07`, sequence },
  });
  await publish(hub, `s${n}.A01.07`, "x", expecting(0));
  await publish(hub, `s${n}.A08.07`, "x", expecting(1));
  await publish(hub, `s${n}.A08.09`, "x", { patienceMs: 1000 });
  await expect(publish(hub, `s${n}.A03.07`, "x", expecting(1))).rejects.toMatchObject({ code: "Fenced" });
  await publish(hub, `s${n}.A03.07`, "x", expecting(2));
  expect(await stored()).toBe(4);
});

test("a full stream is StreamFull at once, without a second try", async () => {
  const data = new Uint8Array(400_000);
  await publish(hub, `s${n}.a`, data, { patienceMs: 1000 });
  await publish(hub, `s${n}.a`, data, { patienceMs: 1000 });
  const ask = vi.spyOn(hub.requests, "ask");
  const publishing = publish(hub, `s${n}.a`, data, { patienceMs: 30_000 });
  await expect(publishing).rejects.toMatchObject({ code: "StreamFull" });
  expect(ask).toHaveBeenCalledOnce();
  ask.mockRestore();
});

test("what is larger than the server takes is MessageTooLarge with the way out, and the connection stays", async () => {
  const limit = hub.nc.info?.max_payload ?? 0;
  await expect(publish(hub, `s${n}.a`, new Uint8Array(limit), { patienceMs: 1000 })).rejects.toMatchObject({
    code: "MessageTooLarge",
    message: expect.stringContaining("raise max_payload") as unknown,
  });
  expect((await publish(hub, `s${n}.a`, "x", { patienceMs: 1000 })).sequence).toBe(1);
});

test("a stream that does not exist is told within the patience", async () => {
  await expect(publish(hub, "nowhere.a", "x", { patienceMs: 100 })).rejects.toMatchObject({ code: "HubUnavailable" });
});
