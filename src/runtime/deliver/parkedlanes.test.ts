import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Delivery, type DeliveryOptions } from "../../../test/builders/delivery.ts";
import { type Note, busy, delivered } from "../../../test/builders/scriptedtarget.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { seeded } from "../../../test/builders/random.ts";
import type { Outcome } from "../../adapters/adapter.ts";
import { MAX_ACK_PENDING } from "../../compile/plan.ts";

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

const refused: Outcome = { kind: "Permanent", reason: "refused" };
const takenIds = (taken: Note[]) => taken.map((note) => note.id);

/** Answers by `fails`; what is taken is collected. */
function taking(fails: (note: Note) => Outcome | undefined): Note[] {
  const taken: Note[] = [];
  delivery.target.answer = (note) => {
    const failure = fails(note);
    if (!failure) taken.push(note);
    return failure ?? delivered;
  };
  return taken;
}

const parkedCount = async (n: number) =>
  eventually(async () => expect(await delivery.parked()).toBeGreaterThanOrEqual(n));

test("what follows a failing message of its key waits in order, others go on; after the fault all come in order", async () => {
  await create();
  let broken = true;
  const taken = taking(({ id }) => (broken && id === "k0" ? busy : undefined));
  await delivery.start();
  for (let i = 0; i < 5; i++) {
    await delivery.publish({ id: `k${i}` }, "k");
    await delivery.publish({ id: `other${i}` }, `other${i}`);
  }
  await parkedCount(5);
  expect(takenIds(taken).toSorted()).toEqual(["other0", "other1", "other2", "other3", "other4"]);
  broken = false;
  await delivery.settled();
  expect(takenIds(taken).filter((id) => id.startsWith("k"))).toEqual(["k0", "k1", "k2", "k3", "k4"]);
});

test("far more failing keys than may be held leave room for others long before their attempts are used up", async () => {
  await create({ routes: [{ integration: "notes", attempts: 100, maxDelaySeconds: 30 }] });
  const taken = taking(({ id }) => (id.startsWith("bad") ? busy : undefined));
  await delivery.start();
  for (let i = 0; i < 2 * MAX_ACK_PENDING; i++) await delivery.publish({ id: `bad${i}` }, `bad${i}`);
  await delivery.publish({ id: "good" }, "good");
  await eventually(() => expect(takenIds(taken)).toEqual(["good"]));
});

test("parked messages never take more than half of the ways to the target, nor more than 32 at once", async () => {
  await create({ concurrency: 100, routes: [{ integration: "notes", attempts: 1 }] });
  let underWay = 0;
  let most = 0;
  let parking = true;
  delivery.target.answer = async ({ id }) => {
    most = parking ? 0 : Math.max(most, ++underWay);
    await new Promise((resolve) => setTimeout(resolve, parking ? 0 : 20));
    underWay--;
    return id.startsWith("bad") ? busy : delivered;
  };
  await delivery.start();
  for (let i = 0; i < 200; i++) await delivery.publish({ id: `bad${i}` }, `bad${i}`);
  await parkedCount(200);
  parking = false;
  underWay = 0;
  const before = delivery.target.attempts.length;
  await eventually(() => expect(delivery.target.attempts.length).toBeGreaterThan(before + 300));
  expect(most).toBeGreaterThan(8);
  expect(most).toBeLessThanOrEqual(32);
});

describe("a merge", () => {
  test("waits for what is parked under one of its keys, and what follows under either waits for it", async () => {
    await create();
    let broken = true;
    const taken = taking(({ id }) => (broken && id === "a1" ? busy : undefined));
    await delivery.start();
    await delivery.publish({ id: "a1" }, "a");
    await delivery.publish({ id: "b1" }, "b");
    await delivery.publish({ id: "merge" }, "b", "a");
    await delivery.publish({ id: "a2" }, "a");
    await delivery.publish({ id: "b2" }, "b");
    await parkedCount(4);
    expect(takenIds(taken)).toEqual(["b1"]);
    broken = false;
    await delivery.settled();
    expect(takenIds(taken).slice(0, 3)).toEqual(["b1", "a1", "merge"]);
    expect(takenIds(taken).slice(3).toSorted()).toEqual(["a2", "b2"]);
  });

  test("that fails by itself is parked under both keys, and does not hold up others, however much follows it", async () => {
    await create();
    let broken = true;
    const taken = taking(({ id }) => (broken && id === "merge" ? busy : undefined));
    await delivery.start();
    await delivery.publish({ id: "merge" }, "a", "b");
    for (let i = 0; i < MAX_ACK_PENDING; i++) await delivery.publish({ id: `a${i}` }, i % 2 === 0 ? "a" : "b");
    await delivery.publish({ id: "other" }, "other");
    await eventually(() => expect(takenIds(taken)).toEqual(["other"]));
    broken = false;
    await delivery.settled(20_000);
    expect(taken[1]?.id).toBe("merge");
    for (const rest of [0, 1]) {
      const order = takenIds(taken.slice(2)).filter((id) => Number(id.slice(1)) % 2 === rest);
      expect(order).toEqual(order.toSorted((x, y) => Number(x.slice(1)) - Number(y.slice(1))));
    }
  });

  test("survives a crash between its two copies", async () => {
    await create();
    let broken = true;
    const taken = taking(({ id }) => (broken && id === "merge" ? busy : undefined));
    await delivery.start((hub) => {
      const ask = hub.requests.ask.bind(hub.requests);
      let parked = 0;
      hub.requests.ask = (subject, data, headers, timeoutMs) =>
        subject.startsWith("parked.") && ++parked === 2
          ? new Promise(() => {})
          : ask(subject, data, headers, timeoutMs);
      return hub;
    });
    await delivery.publish({ id: "merge" }, "a", "b");
    await delivery.publish({ id: "a" }, "a");
    await delivery.publish({ id: "b" }, "b");
    await parkedCount(1);
    await delivery.crash();
    await delivery.start();
    await parkedCount(4);
    broken = false;
    await delivery.settled();
    expect(takenIds(taken)[0]).toBe("merge");
    expect(takenIds(taken).toSorted()).toEqual(["a", "b", "merge"]);
  });

  test("survives a crash between the removals of its two copies", async () => {
    await create({ idempotent: false });
    let broken = true;
    const taken = taking(({ id }) => (broken && id === "merge" ? busy : undefined));
    let removed = 0;
    await delivery.start((hub) => {
      const { streams } = hub.jsm;
      const remove = streams.deleteMessage.bind(streams);
      streams.deleteMessage = (...args) => (++removed === 2 ? new Promise(() => {}) : remove(...args));
      return hub;
    });
    await delivery.publish({ id: "merge" }, "a", "b");
    await parkedCount(2);
    broken = false;
    await eventually(() => expect(removed).toBe(2));
    await delivery.publish({ id: "b" }, "b");
    await parkedCount(2);
    await delivery.crash();
    await delivery.start();
    await delivery.settled();
    expect(takenIds(taken)).toEqual(["merge", "b"]);
  });
});

describe("a replay", () => {
  test("is sent once, before what comes after it under its key, also while that is being tried", async () => {
    await create({ idempotent: false });
    let mode: Outcome | undefined = refused;
    const taken = taking(({ id }) => (id === "old" ? mode : id === "new" && mode ? busy : undefined));
    await delivery.start();
    await delivery.publish({ id: "old" }, "k");
    await eventually(async () => expect(await delivery.quarantined()).toHaveLength(1));
    const [old] = await delivery.quarantined();
    await delivery.publish({ id: "new" }, "k");
    await eventually(() => expect(delivery.target.ids).toContain("new"));
    mode = undefined;
    if (old) await Promise.all([delivery.replay(old), delivery.replay(old)]);
    await delivery.settled();
    expect(takenIds(taken).toSorted()).toEqual(["new", "old"]);
  });

  test("is tried soon after a restart, and after a start, although nothing else comes", async () => {
    await create();
    const taken = taking(() => refused);
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await eventually(async () => expect(await delivery.quarantined()).toHaveLength(1));
    await delivery.settled();
    await delivery.crash();
    taking(() => undefined);
    await delivery.start();
    for (const q of await delivery.quarantined()) await delivery.replay(q);
    await delivery.settled();
    expect(taken).toEqual([]);
    expect(delivery.target.ids).toEqual(["a", "a"]);
  });

  test("is never overlooked, however it meets the end of what else is parked", async () => {
    await create();
    let mode: Outcome | undefined = refused;
    const taken = taking(() => mode);
    await delivery.start();
    for (let i = 0; i < 60; i++) await delivery.publish({ id: `n${i}` }, `k${i % 3}`);
    await eventually(async () => expect(await delivery.quarantined()).toHaveLength(60));
    mode = undefined;
    for (const q of await delivery.quarantined()) {
      await delivery.replay(q);
      await new Promise((resolve) => setTimeout(resolve, Number(q.id.split("/")[1]) % 7));
    }
    await delivery.settled();
    expect(new Set(takenIds(taken)).size).toBe(60);
    for (const k of [0, 1, 2]) {
      const order = takenIds(taken).filter((id) => Number(id.slice(1)) % 3 === k);
      expect(order).toEqual(order.toSorted((x, y) => Number(x.slice(1)) - Number(y.slice(1))));
    }
  });
});

test.each([1, 2, 3])(
  "whatever fails and whenever the worker dies, nothing is lost, repeated or overtaken (seed %i)",
  { timeout: 60_000 },
  async (seed) => {
    await create({ idempotent: false, concurrency: 4, routes: [{ integration: "notes", attempts: 2 }] });
    const random = seeded(seed);
    const key = () => `k${Math.floor(random() * 8)}`;
    let calm = false;
    const taken: Note[] = [];
    let sent = 0;
    delivery.target.answer = async (note) => {
      await new Promise((resolve) => setTimeout(resolve, random() * 5));
      sent++;
      if (!calm && random() < 0.4) return busy;
      taken.push(note);
      return delivered;
    };
    const notes: { id: string; keys: string[] }[] = [];
    await delivery.start();
    for (let round = 0; round < 5; round++) {
      for (let i = 0; i < 60; i++) {
        const keys = random() < 0.2 ? [...new Set([key(), key()])] : [key()];
        const note = { id: `n${notes.length}`, keys };
        notes.push(note);
        await delivery.publish(note, ...keys);
      }
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      if (round === 4) break;
      await delivery.crash();
      await delivery.start();
    }
    calm = true;
    await delivery.settled(30_000);
    const ids = takenIds(taken);
    const ambiguous = (await delivery.quarantined()).filter((q) => q.outcome === "Ambiguous").length;
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length + ambiguous).toBeGreaterThanOrEqual(notes.length);
    expect(ambiguous).toBeLessThanOrEqual(4 * 4);
    expect(sent).toBeGreaterThan(notes.length);
    const last = new Map<string, number>();
    for (const note of taken) {
      const at = Number(note.id.slice(1));
      for (const k of note["keys"] as string[]) {
        expect(at).toBeGreaterThan(last.get(k) ?? -1);
        last.set(k, at);
      }
    }
  },
);
