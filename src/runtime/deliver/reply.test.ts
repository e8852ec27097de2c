import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Delivery } from "../../../test/builders/delivery.ts";
import { delivered } from "../../../test/builders/scriptedtarget.ts";
import { type TestNats, startNats } from "../../../test/builders/nats.ts";

let nats: TestNats;
let delivery: Delivery;

beforeAll(async () => void (nats = await startNats()));
afterAll(() => nats.stop());
afterEach(() => delivery.stop());

/** A target whose answers become notes, which it is not sent itself. */
beforeEach(async () => {
  delivery = await Delivery.create(nats);
  const [route] = delivery.config.routes;
  const reply = { contract: "note", version: "1.0.0", domain: delivery.domain };
  if (route) Object.assign(route, { reply, events: ["message"] });
});

const DEPTH = 100_000;
const unkeepable: [what: string, reply: unknown, code: RegExp][] = [
  ["nests deeper than can be written", JSON.parse("[".repeat(DEPTH) + "]".repeat(DEPTH)), /RangeError/],
  ["is larger than the hub takes", "x".repeat(9 * 1024 ** 2), /bytes are more than the server takes/],
];

test.each(unkeepable)(
  "an answer that %s is told of in quarantine, and nothing is sent again",
  async (_what, reply, code) => {
    delivery.target.answer = ({ id }) => ({ ...delivered, reply: id === "a" ? reply : null });
    await delivery.start();
    await delivery.publish({ id: "a" }, "k");
    await delivery.publish({ id: "b" }, "k");
    await delivery.settled();
    expect(delivery.target.ids).toEqual(["a", "b"]);
    const aside = await delivery.quarantined();
    expect(aside.map((q) => q.reason)).toEqual([expect.stringMatching(code)]);
    expect(Buffer.from(aside[0]?.stored.data ?? "").toString()).toBe("null");
  },
);
