import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Delivery, type DeliveryOptions } from "../../../test/builders/delivery.ts";
import { DAY_MS, ending } from "../../../test/builders/ending.ts";
import { eventually } from "../../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";
import { seeded } from "../../../test/builders/random.ts";
import { busy, delivered, silent } from "../../../test/builders/scriptedtarget.ts";
import type { DeliveryWorker } from "./worker.ts";

const KEY = "note@1.0.0";

let nats: TestNats;
let delivery: Delivery;
let sunset: number;

beforeAll(async () => {
  nats = await startNats();
});
afterEach(() => delivery.stop());
afterAll(() => nats.stop());

/** A target of a contract version that is at its sunset in a day, and blocks from then on. */
async function create(options: DeliveryOptions = {}): Promise<Delivery> {
  delivery = await Delivery.create(nats, options);
  sunset = Date.now() + DAY_MS;
  delivery.config = ending(delivery.config, KEY, sunset);
  return delivery;
}

const pass = (): void => void (delivery.later = DAY_MS + 1000);
const extend = (worker: DeliveryWorker, until = sunset + 30 * DAY_MS): void =>
  delivery.put(worker, ending(delivery.config, KEY, sunset, until));
const parked = (n: number) => eventually(async () => expect(await delivery.parked()).toBe(n));
const held = async () => (await delivery.records()).filter(({ hop }) => hop === "Held");
const publish = async (key: string, ...ids: string[]): Promise<void> => {
  for (const id of ids) await delivery.publish({ id }, key);
};

describe("Messages of a version whose sunset blocks", () => {
  test("are delivered until then, wait from then on by the time alone, and go on in order when it is extended", async () => {
    const { target } = await create();
    const worker = await delivery.start();
    await publish("a", "a1", "a2");
    await delivery.settled();
    pass();
    await publish("a", "a3", "a4", "a5");
    await publish("b", "b1");
    await parked(4);
    expect(target.ids).toEqual(["a1", "a2"]);
    extend(worker);
    await delivery.settled();
    expect(target.ids.filter((id) => id.startsWith("a"))).toEqual(["a1", "a2", "a3", "a4", "a5"]);
    expect(target.ids).toHaveLength(6);
  });

  test("that are tried again when it comes wait in their place", async () => {
    const { target } = await create({ routes: [{ integration: "notes", attempts: 100, maxDelaySeconds: 0.05 }] });
    let refuses = true;
    target.answer = () => (refuses ? busy : delivered);
    const worker = await delivery.start();
    await publish("a", "a1", "a2");
    await eventually(() => expect(target.ids.length).toBeGreaterThan(2));
    pass();
    await parked(2);
    refuses = false;
    const before = target.ids.length;
    extend(worker);
    await delivery.settled();
    expect(target.ids.slice(before)).toEqual(["a1", "a2"]);
  });

  test("wait again from the end of the extension on", async () => {
    const { target } = await create();
    const worker = await delivery.start();
    pass();
    extend(worker, sunset + 2 * DAY_MS);
    await publish("a", "a1");
    await delivery.settled();
    delivery.later = 4 * DAY_MS;
    await publish("a", "a2");
    await parked(1);
    expect(target.ids).toEqual(["a1"]);
  });

  test("are delivered where the extension came while they were to be tried again by what was before", async () => {
    const { target } = await create({ routes: [{ integration: "notes", attempts: 100, maxDelaySeconds: 0.05 }] });
    let refuses = true;
    target.answer = () => (refuses ? busy : delivered);
    const worker = await delivery.start();
    await publish("a", "a1", "a2");
    await eventually(() => expect(target.ids.length).toBeGreaterThan(2));
    extend(worker);
    pass();
    refuses = false;
    await delivery.settled();
    expect(new Set(target.ids)).toEqual(new Set(["a1", "a2"]));
    expect(await held()).toEqual([]);
  });

  test("are neither lost, nor doubled, nor overtaken by a crash while they wait and one while they go on", async () => {
    const { target } = await create();
    pass();
    await delivery.start();
    const ids = Array.from({ length: 40 }, (_, i) => `a${i}`);
    await publish("a", ...ids.slice(0, 20));
    await publish("b", "b0");
    await parked(21);
    await delivery.crash();
    await delivery.start();
    await publish("a", ...ids.slice(20));
    await parked(41);
    expect(target.ids).toEqual([]);
    let crashes = 1;
    target.answer = async ({ id }) => {
      if (id === "a10" && crashes-- > 0) await delivery.crash();
      return delivered;
    };
    delivery.config = ending(delivery.config, KEY, sunset, sunset + 30 * DAY_MS);
    await delivery.crash();
    await delivery.start();
    await eventually(() => expect(target.ids).toContain("a10"));
    await delivery.start();
    await delivery.settled(20_000);
    const seen = [...new Set(target.ids)].filter((id) => id.startsWith("a"));
    expect(seen).toEqual(ids);
    expect(target.ids).toContain("b0");
  });

  test.each([1, 2, 3])(
    "keep their order under every key, merges among them, however often they are held (seed %i)",
    async (seed) => {
      const random = seeded(seed);
      const { target } = await create();
      const worker = await delivery.start();
      const keysById = new Map<string, string[]>();
      let days = 0;
      for (let n = 0; n < 120; n++) {
        const keys = ["a", "b", "c"].toSorted(() => random() - 0.5).slice(0, random() < 0.2 ? 2 : 1);
        keysById.set(`n${n}`, keys);
        await delivery.publish({ id: `n${n}` }, ...keys);
        // Now it holds, now an exception lets it go on for a day, as time goes by.
        if (random() < 0.1) delivery.later = ++days * DAY_MS;
        if (random() < 0.1) extend(worker, sunset + days * DAY_MS);
      }
      extend(worker);
      await delivery.settled(20_000);
      expect(target.ids.toSorted()).toEqual([...keysById.keys()].toSorted());
      for (const key of ["a", "b", "c"]) {
        const numbers = target.ids.filter((id) => keysById.get(id)?.includes(key)).map((id) => Number(id.slice(1)));
        expect(numbers).toEqual(numbers.toSorted((x, y) => x - y));
      }
      expect((await held()).length).toBeGreaterThan(0);
    },
  );
});

describe("What is told of them", () => {
  test("is why, once for what comes first in a lane, and in passing of what waits behind it", async () => {
    await create();
    const worker = await delivery.start();
    pass();
    await publish("a", "a1", "a2", "a3");
    await parked(3);
    delivery.put(worker, ending(delivery.config, KEY, sunset));
    delivery.put(worker, { ...ending(delivery.config, KEY, sunset), revision: "another" });
    await publish("b", "b1");
    await parked(4);
    const why = async () =>
      (await delivery.records()).filter(({ hop }) => hop === "Parked").map(({ reason }) => reason);
    await eventually(async () => expect(await why()).toHaveLength(4));
    const told = await held();
    expect(told.map(({ messageId, integration }) => [messageId, integration])).toEqual([
      ["m1", "notes"],
      ["m4", "notes"],
    ]);
    for (const reason of [...(await why()), told[0]?.reason])
      expect(reason).toContain("note-v1.0.0 has had its sunset on 20");
  });

  test("takes nothing from what is known of a message whose answer was lost: it is not sent twice", async () => {
    const { target } = await create({ idempotent: false });
    target.answer = silent;
    await delivery.start();
    await publish("a", "a1");
    await eventually(() => expect(target.ids).toEqual(["a1"]));
    await delivery.crash();
    pass();
    await delivery.start();
    await parked(1);
    await delivery.crash();
    delivery.config = ending(delivery.config, KEY, sunset, sunset + 30 * DAY_MS);
    target.answer = () => delivered;
    await delivery.start();
    await delivery.settled();
    expect(target.ids).toEqual(["a1"]);
    expect((await delivery.quarantined()).map(({ outcome }) => outcome)).toEqual(["Ambiguous"]);
  });
});
