import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { SourceRig, received } from "../../test/builders/sourcerig.ts";
import { HEADER } from "../jetstream/headers.ts";

let nats: TestNats;
let rig: SourceRig;

beforeAll(async () => void (nats = await startNats()));
afterEach(() => rig.stop());
afterAll(() => nats.stop());

test("accepted means stored, as it was sent, under an id that is no control id", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  const receipt = await receive(received("C1", { patient: "p" }, { principal: "CN=ehr", event: "A01" }));
  const [original] = await rig.originals();
  expect(receipt).toEqual({ status: "Accepted", messageId: original?.header(HEADER.messageId) });
  expect(Buffer.from(original?.data ?? []).toString()).toBe('{"patient":"p"}');
  expect(original?.header(HEADER.messageId)).toMatch(/^k1\.[\w-]{22}$/);
  expect(original?.header(HEADER.principal)).toBe("CN=ehr");
});

test("the same message again is a duplicate with the same id, from whichever replica, and stored once", async () => {
  rig = await SourceRig.create(nats);
  const [one, other] = [await rig.ingest(), await rig.ingest()];
  const first = await one.receive(received("C1", { patient: "p" }, { messageTime: "20260301" }));
  for (const { receive } of [one, other]) {
    const again = await receive(received("C1", { patient: "p" }, { messageTime: "20260301" }));
    expect(again).toEqual({ ...first, status: "Duplicate" });
  }
  expect(await rig.originals()).toHaveLength(1);
  await eventually(async () =>
    expect((await rig.records()).map((r) => [r.hop, r.outcome])).toEqual([
      ["Repeated", "Duplicate"],
      ["Repeated", "Duplicate"],
    ]),
  );
});

test("what is one by its identity is stored once, whatever it says by now, and nothing is made of its repetition", async () => {
  rig = await SourceRig.create(nats);
  const [one, other] = [await rig.ingest(), await rig.ingest()];
  const first = await one.receive(received("E1", { consumers: 1 }, { isOne: true }));
  expect(await other.receive(received("E1", { consumers: 2 }, { isOne: true }))).toEqual({
    ...first,
    status: "Duplicate",
  });
  expect(await rig.originals()).toHaveLength(1);
  expect(await rig.records()).toEqual([]);
});

test("many copies at once are stored once", async () => {
  rig = await SourceRig.create(nats);
  const [one, other] = [await rig.ingest(), await rig.ingest()];
  const receipts = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? one : other).receive(received("C1", { patient: "p" }))),
  );
  expect(receipts.filter((r) => r.status === "Accepted")).toHaveLength(1);
  expect(receipts.filter((r) => r.status === "Duplicate")).toHaveLength(19);
  expect(await rig.originals()).toHaveLength(1);
});

test("without an identity the payload itself is it", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  expect((await receive(received("", { a: 1 }, { identity: [] }))).status).toBe("Accepted");
  expect((await receive(received("", { a: 1 }, { identity: [] }))).status).toBe("Duplicate");
  expect((await receive(received("", { a: 2 }, { identity: [] }))).status).toBe("Accepted");
});

test("identities are told apart part by part", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  expect((await receive(received("", { a: 1 }, { identity: ["ab", "c"] }))).status).toBe("Accepted");
  expect((await receive(received("", { a: 1 }, { identity: ["a", "bc"] }))).status).toBe("Accepted");
});

test("another body, or another time, under a used id is a new message; its own repeat is a duplicate", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  const first = await receive(received("C1", { n: 1 }, { messageTime: "t1" }));
  const reused = received("C1", { n: 2 }, { messageTime: "t1" });
  const laterOnly = received("C1", { n: 1 }, { messageTime: "t2" });
  const second = await receive(reused);
  const third = await receive(laterOnly);
  expect([second.status, third.status]).toEqual(["Accepted", "Accepted"]);
  const ids = [first, second, third].map((r) => (r.status === "Accepted" ? r.messageId : ""));
  expect(new Set(ids).size).toBe(3);
  for (const repeat of [reused, reused]) {
    expect(await receive(repeat)).toEqual({ status: "Duplicate", messageId: ids[1] });
  }
  expect(await receive(laterOnly)).toEqual({ status: "Duplicate", messageId: ids[2] });
  expect(await receive(received("C1", { n: 1 }, { messageTime: "t1" }))).toEqual({
    status: "Duplicate",
    messageId: ids[0],
  });
  expect(await rig.originals()).toHaveLength(3);
});

test("reuse is refused where the configuration says so, and the repeat of the first is still a duplicate", async () => {
  rig = await SourceRig.create(nats, { dedupe: { windowSeconds: 60, onReuse: "Reject" } });
  const { receive } = await rig.ingest();
  await receive(received("C1", { n: 1 }));
  for (let i = 0; i < 2; i++) {
    expect(await receive(received("C1", { n: 2 }))).toMatchObject({
      status: "Refused",
      reason: expect.stringContaining("spec.dedupe.onReuse") as unknown,
    });
  }
  expect((await receive(received("C1", { n: 1 }))).status).toBe("Duplicate");
  expect(await rig.originals()).toHaveLength(1);
  await eventually(async () =>
    expect((await rig.records()).map((r) => r.outcome)).toEqual(["ReuseRefused", "ReuseRefused", "Duplicate"]),
  );
});

test("a repeat is recognised across a crash of the server", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  expect((await receive(received("C1", { n: 1 }))).status).toBe("Accepted");
  await nats.kill();
  await nats.restart();
  await eventually(() => rig.hub.nc.rtt().then(() => {}));
  expect((await receive(received("C1", { n: 1 }))).status).toBe("Duplicate");
  expect(await rig.originals()).toHaveLength(1);
});

test("a repeat after the window is a new message", async () => {
  rig = await SourceRig.create(nats, { dedupe: { windowSeconds: 1, onReuse: "Accept" } });
  const { receive } = await rig.ingest();
  expect((await receive(received("C1", { n: 1 }))).status).toBe("Accepted");
  await eventually(async () => expect((await receive(received("C1", { n: 1 }))).status).toBe("Accepted"));
  expect(await rig.originals()).toHaveLength(2);
});

test("a full RAW stream is Unavailable, and what is repeated once there is room is accepted", async () => {
  rig = await SourceRig.create(nats, {}, { RAW_: 1024 ** 2 });
  const { receive } = await rig.ingest();
  const filling = "x".repeat(300_000);
  for (const id of ["F1", "F2", "F3"]) expect((await receive(received(id, { filling }))).status).toBe("Accepted");
  const refused = received("F4", { filling });
  expect(await receive(refused)).toEqual({ status: "Unavailable", reason: "the hub is full" });
  await rig.hub.jsm.streams.purge(`RAW_default_${rig.name}`, { seq: 2 });
  expect((await receive(refused)).status).toBe("Accepted");
});

test("what is larger than the hub takes is refused for good, with the way out", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  const receipt = await receive(received("L1", { filling: "x".repeat(8 * 1024 ** 2) }));
  expect(receipt).toMatchObject({ status: "Refused", reason: expect.stringContaining("max_payload") as unknown });
});

test("a hub that is gone is Unavailable within the patience of a sender", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  await nats.kill();
  const began = performance.now();
  expect(await receive(received("G1", { n: 1 }))).toEqual({
    status: "Unavailable",
    reason: "the hub is not available",
  });
  expect(performance.now() - began).toBeLessThan(25_000);
  await nats.restart();
  await eventually(() => rig.hub.nc.rtt().then(() => {}));
  expect((await receive(received("G1", { n: 1 }))).status).toBe("Accepted");
});

test("what a sender calls an event, or a certificate its owner, can't break out of a header", async () => {
  rig = await SourceRig.create(nats);
  const { receive } = await rig.ingest();
  await receive(received("C1", { n: 1 }, { event: "A01\r\nFascia-Source: x", principal: "Ä\r\nb" }));
  const [original] = await rig.originals();
  expect(original?.header(HEADER.event)).toBe("other");
  expect(original?.header(HEADER.principal)).toBe("???b");
});
