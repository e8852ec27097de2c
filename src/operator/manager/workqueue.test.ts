import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { type Next, WorkQueue, type WorkQueueOptions } from "./workqueue.ts";

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A queue whose work ends when the test says so. */
function rig(options: Partial<WorkQueueOptions> = {}) {
  const clock = new ManualClock();
  const begun: string[] = [];
  const waits: number[] = [];
  const open = new Map<string, (next: Next) => void>();
  const depths: number[] = [];
  const queue = new WorkQueue({
    concurrency: 2,
    backoff: { initialMs: 100, maxMs: 1000 },
    clock,
    random: () => 0.5,
    onDepth: (depth) => depths.push(depth),
    process: (key, waitedMs) => {
      begun.push(key);
      waits.push(waitedMs);
      return new Promise((resolve) => open.set(key, resolve));
    },
    ...options,
  });
  const end = async (key: string, next: Next = "done") => {
    open.get(key)?.(next);
    open.delete(key);
    await turns();
  };
  const advance = async (ms: number) => {
    clock.advance(ms);
    await turns();
  };
  queue.start();
  return { queue, begun, waits, depths, end, advance, open };
}

describe("a work queue", () => {
  it("works on a key once, however often it was added before its turn", async () => {
    const { queue, begun, end } = rig({ concurrency: 1 });
    for (const key of ["a", "b", "b", "b", "c"]) queue.add(key);
    for (const key of ["a", "b", "c"]) await end(key);
    expect(begun).toEqual(["a", "b", "c"]);
  });

  it("never has a key in work twice, and runs it again when it was added meanwhile", async () => {
    const { queue, begun, end } = rig();
    queue.add("a");
    queue.add("a");
    queue.add("a");
    expect(begun).toEqual(["a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
    await end("a");
    expect(begun).toEqual(["a", "a"]);
  });

  it("works on so many keys at once and no more, and tells how many wait", async () => {
    const { queue, begun, depths, end } = rig();
    for (const key of ["a", "b", "c", "d"]) queue.add(key);
    expect(begun).toEqual(["a", "b"]);
    expect(depths.at(-1)).toBe(2);
    await end("b");
    expect(begun).toEqual(["a", "b", "c"]);
    expect(depths.at(-1)).toBe(1);
  });

  it("adds a key after a delay, of several the earliest", async () => {
    const { queue, begun, advance } = rig();
    queue.addAfter("a", 500);
    queue.addAfter("a", 100);
    queue.addAfter("a", 900);
    await advance(99);
    expect(begun).toEqual([]);
    await advance(1);
    expect(begun).toEqual(["a"]);
    await advance(1000);
    expect(begun).toEqual(["a"]);
  });

  it("takes a run for what was delayed before it", async () => {
    const { queue, begun, end, advance } = rig();
    queue.addAfter("a", 500);
    queue.add("a");
    await end("a");
    await advance(1000);
    expect(begun).toEqual(["a"]);
  });

  it("runs a key again when it asked for that", async () => {
    const { queue, begun, end, advance } = rig();
    queue.add("a");
    await end("a", { afterMs: 300 });
    await advance(299);
    expect(begun).toEqual(["a"]);
    await advance(1);
    expect(begun).toEqual(["a", "a"]);
  });

  it("waits longer with each failure of a key, up to a bound, and begins anew after a success", async () => {
    const { queue, begun, end, advance } = rig();
    queue.add("a");
    for (const ms of [75, 150, 300, 600, 750, 750]) {
      await end("a", "retry");
      const before = begun.length;
      await advance(ms - 1);
      expect(begun).toHaveLength(before);
      await advance(1);
      expect(begun).toHaveLength(before + 1);
    }
    await end("a");
    queue.add("a");
    await end("a", "retry");
    const before = begun.length;
    await advance(75);
    expect(begun).toHaveLength(before + 1);
  });

  it("does not let a failing key hold up others", async () => {
    const { queue, begun, end } = rig({ concurrency: 1 });
    queue.add("bad");
    queue.add("good");
    await end("bad", "retry");
    expect(begun).toEqual(["bad", "good"]);
  });

  it("tells how long a key waited for a worker", async () => {
    const { queue, waits, end, advance } = rig({ concurrency: 1 });
    queue.add("a");
    queue.add("b");
    await advance(250);
    await end("a");
    expect(waits).toEqual([0, 250]);
  });

  it("drains when it stops: what is in work ends, the rest is forgotten", async () => {
    const { queue, begun, end, advance, open } = rig({ concurrency: 1 });
    queue.add("a");
    queue.add("b");
    queue.addAfter("c", 10);
    let drained = false;
    const stopped = queue.stop().then(() => (drained = true));
    queue.add("d");
    await advance(100);
    expect(drained).toBe(false);
    await end("a", { afterMs: 1 });
    await stopped;
    await advance(100);
    expect(begun).toEqual(["a"]);
    expect(open.size).toBe(0);
  });

  it("collects keys before it starts", () => {
    const begun: string[] = [];
    const queue = new WorkQueue({
      concurrency: 5,
      backoff: { initialMs: 1, maxMs: 1 },
      clock: new ManualClock(),
      random: () => 0,
      process: (key) => (begun.push(key), Promise.resolve("done")),
    });
    queue.add("a");
    expect(begun).toEqual([]);
    queue.start();
    expect(begun).toEqual(["a"]);
  });

  it("loses no key and overlaps none, whatever happens in whatever order", async () => {
    const key = fc.constantFrom("a", "b", "c", "d");
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), key }),
      fc.record({ do: fc.constant("after" as const), key, ms: fc.integer({ min: 0, max: 500 }) }),
      fc.record({
        do: fc.constant("end" as const),
        key,
        next: fc.constantFrom<Next>("done", "retry", { afterMs: 50 }),
      }),
      fc.record({ do: fc.constant("advance" as const), ms: fc.integer({ min: 1, max: 400 }) }),
    );
    const property = fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const clock = new ManualClock();
      const open = new Map<string, (next: Next) => void>();
      const owed = new Set<string>();
      const queue = new WorkQueue({
        concurrency: 2,
        backoff: { initialMs: 10, maxMs: 100 },
        clock,
        random: () => 0.5,
        process: (key) => {
          expect(open.has(key)).toBe(false);
          expect(open.size).toBeLessThan(2);
          owed.delete(key);
          return new Promise((resolve) => open.set(key, resolve));
        },
      });
      queue.start();
      const end = async (key: string, next: Next) => {
        const resolve = open.get(key);
        open.delete(key);
        if (resolve !== undefined && next !== "done") owed.add(key);
        resolve?.(next);
        await turns();
      };
      for (const each of steps) {
        if (each.do !== "advance" && each.do !== "end") owed.add(each.key);
        if (each.do === "add") queue.add(each.key);
        else if (each.do === "after") queue.addAfter(each.key, each.ms);
        else if (each.do === "end") await end(each.key, each.next);
        else clock.advance(each.ms);
        await turns();
      }
      for (let round = 0; round < 20; round++) {
        clock.advance(1000);
        await turns();
        for (const running of open.keys()) await end(running, "done");
      }
      expect([...owed]).toEqual([]);
    });
    await fc.assert(property, { numRuns: 200 });
  });
});
