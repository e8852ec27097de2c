import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestHub, startHub } from "../../../test/builders/starthub.ts";
import { systemClock } from "../../base/clock.ts";
import { bucketOf } from "../../compile/bucket.ts";
import type { Meta } from "../../jetstream/headers.ts";
import { createHealth } from "../../telemetry/health.ts";
import { silentLog } from "../../telemetry/log.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import type { Deps } from "../deps.ts";
import { Replies } from "./replies.ts";

const WINDOW_MS = 100;
const secret = Buffer.from("a key that only tests have");
let hub: TestHub;
let domain = "";
let n = 0;
const { signal } = new AbortController();

beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());
beforeEach(async () => {
  domain = `d${++n}`;
  const window = { duplicate_window: WINDOW_MS * 1_000_000 };
  await hub.jsm.streams.add({ name: `HUB_${domain}`, subjects: [`hub.${domain}.>`], allow_direct: true, ...window });
});

/** The replies of a worker that begins. */
function begin(writer = "adt_w0"): Replies {
  const deps: Deps = {
    adapter: { namespace: "default", name: "eligibility" },
    hub,
    keys: { hash: { id: "k1", secret }, resourceId: secret, token: { id: "k1", secret } },
    secrets: { read: () => Promise.reject(new Error("no secrets here")), readOptional: async () => undefined },
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    metrics: createMetrics({ process: false }),
    health: createHealth(systemClock),
  };
  return new Replies(deps, writer);
}

/** A reply under a key of one and the same bucket, whatever its number. */
const reply = (i: number, contract = "result"): Meta => ({
  messageId: `k1.reply${i}`,
  correlationId: "k1.cause",
  source: "default/eligibility",
  contract,
  version: "1.0.0",
  event: "reply",
  keys: ["k1.patient"],
  receivedAt: 0,
  payloadHash: "k1.hash",
  revision: "r1",
  traceparent: "",
});
const numbers = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
const messages = async () => (await hub.jsm.streams.info(`HUB_${domain}`)).state.messages;

test("a worker that takes over knows what was published before it, longer ago than the stream recognises repeats", async () => {
  const first = begin();
  for (const i of numbers(3)) await first.publish(domain, reply(i, `result-${i}`), "{}", signal);
  await pause(2 * WINDOW_MS);
  const second = begin();
  expect(await Promise.all(numbers(4).map((i) => second.has(domain, reply(i), signal)))).toEqual([
    true,
    true,
    true,
    false,
  ]);
});

test("replies that are published side by side are all known after", async () => {
  const first = begin();
  await Promise.all(numbers(20).map((i) => first.publish(domain, reply(i), "{}", signal)));
  expect(await messages()).toBe(20);
  const second = begin();
  expect(await Promise.all(numbers(20).map((i) => second.has(domain, reply(i), signal)))).not.toContain(false);
});

test("each worker knows its own, whatever others publish to the same bucket", async () => {
  const first = begin("adt_w0");
  await first.publish(domain, reply(1), "{}", signal);
  await begin("lab_w0").publish(domain, reply(2), "{}", signal);
  expect(await begin("adt_w0").has(domain, reply(1), signal)).toBe(true);
});

test("what a reply says of those before it stays small", async () => {
  const first = begin();
  for (const i of numbers(40)) await first.publish(domain, reply(i), "{}", signal);
  const subject = `hub.${domain}.result.1.default.eligibility.reply.r${bucketOf("k1.patient")}-adt_w0`;
  const last = await hub.jsm.direct.getMessage(`HUB_${domain}`, { last_by_subj: subject });
  expect(last?.header.get("Fascia-Replies").split(",")).toHaveLength(32);
  const second = begin();
  expect(await second.has(domain, reply(39), signal)).toBe(true);
  expect(await second.has(domain, reply(0), signal)).toBe(false);
});
