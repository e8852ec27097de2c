import { beforeEach, describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { Poller } from "./poller.ts";

const EVERY_MS = 10_000;
const RETRY_MS = 2_000;
const never = new AbortController().signal;

let clock: ManualClock;
let looks: number;
let failures: unknown[];
let trouble: Error | undefined;
let isKnown: boolean;

beforeEach(() => {
  clock = new ManualClock();
  looks = 0;
  failures = [];
  trouble = undefined;
  isKnown = false;
});

const look = async (): Promise<void> => {
  looks++;
  if (trouble) throw trouble;
};
const failed = (error: unknown) => void failures.push(error);

const poller = (known?: () => boolean) =>
  new Poller({ name: "test", everyMs: EVERY_MS, look, failed, clock, ...(known && { known }) });

/** Lets one sleep of `ms` end, and waits until the look after it is over. */
async function pass(ms: number): Promise<void> {
  await clock.sleeping(ms);
  clock.advance(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

describe("a poller", () => {
  it("looks after each while, not before", async () => {
    const polling = poller();
    await polling.start(never);
    clock.advance(EVERY_MS - 1);
    expect(looks).toBe(0);
    clock.advance(1);
    await pass(EVERY_MS);
    expect(looks).toBe(2);
    await polling.stop();
  });

  it("goes on after a look that failed, and tells of it", async () => {
    const polling = poller();
    await polling.start(never);
    trouble = new Error("away");
    await pass(EVERY_MS);
    trouble = undefined;
    await pass(EVERY_MS);
    expect([looks, failures]).toEqual([2, [new Error("away")]]);
    await polling.stop();
  });

  it("never begins a look while one is under way, and stops when that is over", async () => {
    const under = Promise.withResolvers<void>();
    const slow = new Poller({ name: "test", everyMs: EVERY_MS, look: () => (looks++, under.promise), failed, clock });
    await slow.start(never);
    await pass(EVERY_MS);
    expect(clock.sleepers).toBe(0);
    let stopped = false;
    const stopping = slow.stop().then(() => (stopped = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect([looks, stopped]).toEqual([1, false]);
    under.resolve();
    await stopping;
    expect([looks, clock.sleepers]).toEqual([1, 0]);
  });

  it("can be stopped though it was never started", async () => {
    await poller().stop();
    expect(looks).toBe(0);
  });
});

describe("a poller that others wait for", () => {
  const known = () => isKnown;

  it("looks at once, and lets them start when that is enough", async () => {
    isKnown = true;
    const polling = poller(known);
    await polling.start(never);
    expect(looks).toBe(1);
    await pass(EVERY_MS);
    expect(looks).toBe(2);
    await polling.stop();
  });

  it("looks every 2 s until it is, however late, also after failures", async () => {
    const polling = poller(known);
    trouble = new Error("away");
    const started = polling.start(never);
    await pass(RETRY_MS);
    trouble = undefined;
    await pass(RETRY_MS);
    expect([looks, failures.length]).toEqual([3, 2]);
    isKnown = true;
    await pass(RETRY_MS);
    await started;
    expect(clock.sleeps(EVERY_MS)).toBe(true);
    await polling.stop();
  });

  it.each(["stopped", "aborted"])("waits no more once it is %s", async (how) => {
    const polling = poller(known);
    const ending = new AbortController();
    const started = polling.start(ending.signal);
    await clock.sleeping(RETRY_MS);
    if (how === "aborted") ending.abort();
    else await polling.stop();
    await started;
    expect(clock.sleepers).toBe(0);
  });
});
