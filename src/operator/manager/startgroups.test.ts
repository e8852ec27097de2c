import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { stillOpen } from "../../../test/builders/stillopen.ts";
import { FasciaError } from "../../base/errors.ts";
import { silentLog } from "../../telemetry/log.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Elector } from "./elector.ts";
import { runManager } from "./manager.ts";
import type { Runnable } from "./runnable.ts";
import { StartGroups } from "./startgroups.ts";

const never = new Promise<never>(() => {});
const go = () => new AbortController().signal;

function rig() {
  const clock = new ManualClock();
  const story: string[] = [];
  const part = (name: string, more: Partial<Runnable> = {}): Runnable => ({
    name,
    start: () => (story.push(`start ${name}`), Promise.resolve()),
    stop: () => (story.push(`stop ${name}`), Promise.resolve()),
    ...more,
  });
  const deps = { clock, log: silentLog };
  const groups = (...all: Runnable[][]) => new StartGroups(all, { ...deps, stopWithinMs: 1000 });
  return { clock, story, part, deps, groups };
}

describe("start groups", () => {
  it("start one after another and stop in reverse", async () => {
    const { story, part, groups } = rig();
    const all = groups([part("a"), part("b")], [part("c")]);
    await all.start(go());
    await all.stop();
    expect(story).toEqual(["start a", "start b", "start c", "stop c", "stop a", "stop b"]);
  });

  it("do not start what depends on something that is not there yet", async () => {
    const { story, part, groups } = rig();
    const all = groups([part("a", { start: () => never })], [part("b")]);
    expect(await stillOpen(all.start(go()))).toBe(true);
    expect(story).toEqual([]);
    await all.stop();
    expect(story).toEqual(["stop a"]);
  });

  it("stop only what began when something does not start", async () => {
    const { story, part, groups } = rig();
    const all = groups([part("a")], [part("b", { start: () => Promise.reject(new Error("no")) })], [part("c")]);
    await expect(all.start(go())).rejects.toThrow("no");
    await all.stop();
    expect(story).toEqual(["start a", "stop b", "stop a"]);
  });

  it("start nothing more when they were stopped meanwhile", async () => {
    const { story, part, groups } = rig();
    const slow = Promise.withResolvers<void>();
    const all = groups([part("a", { start: () => slow.promise })], [part("b")]);
    const started = all.start(go());
    await all.stop();
    slow.resolve();
    await started;
    expect(story).toEqual(["stop a"]);
  });

  it("leave behind what does not stop, and take what fails to as stopped", async () => {
    const { clock, story, part, groups } = rig();
    const bad = part("bad", { stop: () => Promise.reject(new Error("no")) });
    const all = groups([part("a")], [part("hung", { stop: () => never })], [bad]);
    await all.start(go());
    const stopped = all.stop();
    expect(await stillOpen(stopped)).toBe(true);
    clock.advance(1000);
    await stopped;
    expect(story.at(-1)).toBe("stop a");
  });
});

describe("the manager", () => {
  it("fills caches, serves, and runs controllers until it is told to stop", async () => {
    const { story, part, deps } = rig();
    const over = new AbortController();
    const running = runManager(
      { caches: [part("cache")], servers: [part("server")], controllers: [part("controller")] },
      deps,
      over.signal,
    );
    expect(await stillOpen(running)).toBe(true);
    over.abort();
    await running;
    expect(story).toEqual([
      "start cache",
      "start server",
      "start controller",
      "stop controller",
      "stop server",
      "stop cache",
    ]);
  });

  it("stops everything and fails when something does not start", async () => {
    const { story, part, deps } = rig();
    const cache = part("cache", { start: () => Promise.reject(new FasciaError("Aborted", "no")) });
    await expect(runManager({ caches: [cache], controllers: [part("controller")] }, deps, go())).rejects.toThrow("no");
    expect(story).toEqual(["stop cache"]);
  });

  it("runs no controller before it leads, and stops all when leadership is lost", async () => {
    const { clock, story, part, deps } = rig();
    let answers = false;
    const write = <T>(_type: unknown, lease: T): Promise<T> =>
      answers ? Promise.resolve(lease) : Promise.reject(new Error("no"));
    const client = {
      get: <T>() => write(null, { metadata: { name: "operator", resourceVersion: "1" } } as T),
      create: write,
      replace: write,
    };
    const metrics = createOperatorMetrics({ process: false });
    const options = { lease: { name: "operator" }, identity: "me" };
    const elector = new Elector(options, { client, clock, random: () => 0, log: silentLog, metrics });
    const parts = { caches: [part("cache")], elector, controllers: [part("controller")] };
    const running = runManager(parts, deps, go());
    expect(await stillOpen(running)).toBe(true);
    expect(story).toEqual(["start cache"]);
    answers = true;
    clock.advance(2000);
    expect(await stillOpen(running)).toBe(true);
    expect(story.at(-1)).toBe("start controller");
    expect(await metrics.text()).toContain('leader_election_master_status{name="operator"} 1');
    answers = false;
    const end = running.catch((error: unknown) => error);
    for (let second = 0; second < 12; second++) {
      clock.advance(1000);
      await stillOpen(end);
    }
    expect(await end).toMatchObject({ code: "LeaseLost" });
    expect(story.slice(2)).toEqual(["stop controller", "stop cache"]);
    expect(await metrics.text()).toContain('leader_election_master_status{name="operator"} 0');
  });
});
