import { type Msg, headers } from "@nats-io/nats-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestHub, startHub } from "../../test/builders/starthub.ts";
import { headerIn, headerText } from "./headertext.ts";

let hub: TestHub;

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** `size`: bytes of the payload. */
async function arrived(subject: string, size: number, set: Record<string, string>, reply?: string): Promise<Msg> {
  const message = Promise.withResolvers<Msg>();
  const callback = (_error: unknown, msg: Msg) => message.resolve(msg);
  const subscription = hub.nc.subscribe(subject, { callback, max: 1 });
  const all = headers();
  for (const [name, value] of Object.entries(set)) all.append(name, value);
  const options = { ...(reply !== undefined && { reply }), ...(Object.keys(set).length > 0 && { headers: all }) };
  hub.nc.publish(subject, "x".repeat(size), options);
  const msg = await message.promise;
  subscription.unsubscribe();
  return msg;
}

/** Larger than what is read from a socket at once. */
const LARGE = 300_000;

test.each([
  ["a message with headers and payload", "a.b", 10, undefined],
  ["one without payload", "a.b", 0, undefined],
  ["one with a reply subject", "a.b", 10, "an.inbox.1"],
  ["one that comes in several pieces", "a.b", LARGE, "an.inbox.1"],
  ["one whose subject is not ASCII", "a.ä", 10, "an.ü"],
])("%s: each header has its value", async (_what, subject, size, reply) => {
  const msg = await arrived(subject, size, { "Fascia-One": "1", "Fascia-Two": "NATS/1.0", Two: "a: b" }, reply);
  const text = headerText(msg);
  expect(headerIn(text, "Fascia-One")).toBe("1");
  expect(headerIn(text, "Fascia-Two")).toBe("NATS/1.0");
  expect(headerIn(text, "Two")).toBe("a: b");
});

test("a name that is missing, part of another one, or written otherwise has no value", async () => {
  const text = headerText(await arrived("c", 5, { "Fascia-One": "Three: 3", "Fascia-Empty": "" }));
  for (const name of ["Two", "One", "fascia-one", "Fascia-On", "Three", "Fascia-Empty"])
    expect(headerIn(text, name)).toBe("");
});

test.each([0, 10, LARGE])("a message of %i bytes without headers has none", async (size) => {
  expect(headerText(await arrived("d", size, {}))).toBe("");
});

test("of several headers with one name the first counts", async () => {
  const all = headers();
  all.append("A", "1");
  all.append("A", "2");
  hub.nc.subscribe("e", { callback: (_error, msg) => void msg.respond("", { headers: all }), max: 1 });
  const answer = await hub.nc.request("e", "");
  expect(headerIn(headerText(answer), "A")).toBe("1");
});
