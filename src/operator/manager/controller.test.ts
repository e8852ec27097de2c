import { describe, expect, it } from "vitest";
import { ManualClock } from "../../../test/builders/manualclock.ts";
import { stillOpen } from "../../../test/builders/stillopen.ts";
import { silentLog } from "../../telemetry/log.ts";
import { createOperatorMetrics } from "../../telemetry/operatormetrics.ts";
import { Controller, type ControllerOptions, type Result, TerminalError } from "./controller.ts";
import type { Watch } from "./watches.ts";

/** A watch that a test speaks through. */
class Speaker implements Watch {
  readonly #enqueues = new Set<(key: string) => void>();
  subscribe = (enqueue: (key: string) => void): (() => void) => {
    this.#enqueues.add(enqueue);
    enqueue("clinic/there");
    return () => void this.#enqueues.delete(enqueue);
  };
  say(key: string): void {
    for (const enqueue of this.#enqueues) enqueue(key);
  }
}

function rig(reconcile: ControllerOptions["reconcile"], more: Partial<ControllerOptions> = {}) {
  const clock = new ManualClock();
  const metrics = createOperatorMetrics({ process: false });
  const watch = new Speaker();
  const options = { name: "adapter", watches: [watch], reconcile, ...more };
  const controller = new Controller(options, { clock, random: () => 0.5, log: silentLog, metrics });
  const advance = async (ms: number) => {
    clock.advance(ms);
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { clock, metrics, watch, controller, advance };
}

describe("a controller", () => {
  it("reconciles what is there when it starts, what changes, and what it is told of from elsewhere", async () => {
    const keys: string[] = [];
    const { controller, watch, advance } = rig((key) => (keys.push(key), Promise.resolve({})));
    expect(keys).toEqual([]);
    await controller.start();
    watch.say("clinic/changed");
    controller.enqueue("clinic/elsewhere");
    await advance(0);
    expect(keys).toEqual(["clinic/there", "clinic/changed", "clinic/elsewhere"]);
  });

  it("tries again after an error, later each time, and after the time that a result asks for", async () => {
    const results: (Error | Result)[] = [new Error("first"), new Error("second"), { requeueAfterMs: 5000 }, {}];
    const at: number[] = [];
    const { controller, advance, clock } = rig(() => {
      at.push(clock.monotonic());
      const result = results.shift() ?? {};
      return result instanceof Error ? Promise.reject(result) : Promise.resolve(result);
    });
    await controller.start();
    await advance(0);
    for (let tick = 0; tick < 200; tick++) await advance(50);
    expect(at.map((ms) => Math.round(ms / 50) * 50)).toEqual([0, 200, 600, 5600]);
  });

  it("does not run hot though a reconcile always asks for the next one at once", async () => {
    let runs = 0;
    const { controller, advance } = rig(() => (runs++, Promise.resolve({ requeueAfterMs: 0 })));
    await controller.start();
    for (let tick = 0; tick < 10; tick++) await advance(50);
    expect(runs).toBeLessThan(7);
    expect(runs).toBeGreaterThan(3);
  });

  it("does not try again what trying does not mend, until something changes", async () => {
    let runs = 0;
    const { controller, advance, watch, metrics } = rig(() => {
      runs++;
      return Promise.reject(new TerminalError("Aborted", "never"));
    });
    await controller.start();
    await advance(600_000);
    expect(runs).toBe(1);
    watch.say("clinic/there");
    await advance(0);
    expect(runs).toBe(2);
    expect(await metrics.text()).toContain(
      'controller_runtime_terminal_reconcile_errors_total{controller="adapter"} 2',
    );
  });

  it("counts and times what it does, under the names that dashboards know", async () => {
    const work: PromiseWithResolvers<Result>[] = [];
    const { controller, advance, watch, metrics } = rig(
      () => {
        const each = Promise.withResolvers<Result>();
        work.push(each);
        return each.promise;
      },
      { concurrency: 1 },
    );
    await controller.start();
    watch.say("clinic/waits");
    await advance(400);
    const busy = await metrics.text();
    expect(busy).toContain('workqueue_depth{name="adapter",controller="adapter"} 1');
    expect(busy).toContain('controller_runtime_active_workers{controller="adapter"} 1');
    work[0]?.resolve({});
    await advance(0);
    work[1]?.reject(new Error("no"));
    await advance(0);
    const text = await metrics.text();
    expect(text).toContain('workqueue_depth{name="adapter",controller="adapter"} 0');
    expect(text).toContain('workqueue_queue_duration_seconds_bucket{le="0.5",name="adapter",controller="adapter"} 2');
    expect(text).toContain('controller_runtime_reconcile_time_seconds_bucket{le="0.25",controller="adapter"} 1');
    expect(text).toContain('controller_runtime_reconcile_total{controller="adapter",result="success"} 1');
    expect(text).toContain('controller_runtime_reconcile_total{controller="adapter",result="error"} 1');
    expect(text).toContain('controller_runtime_reconcile_errors_total{controller="adapter"} 1');
  });

  it("tells a reconcile when its time is over", async () => {
    let told = false;
    const { controller, advance } = rig(
      (_key, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => ((told = true), reject(new Error("over")))),
        ),
      { timeoutMs: 1000 },
    );
    await controller.start();
    await advance(999);
    expect(told).toBe(false);
    await advance(1);
    expect(told).toBe(true);
  });

  it("stops: hears nothing more, lets work end, and ends it after a while", async () => {
    let aborted = false;
    const keys: string[] = [];
    const { controller, advance, watch } = rig((key, signal) => {
      keys.push(key);
      return new Promise((resolve) => signal.addEventListener("abort", () => ((aborted = true), resolve({}))));
    });
    await controller.start();
    const stopped = controller.stop();
    watch.say("clinic/late");
    expect(await stillOpen(stopped)).toBe(true);
    expect(aborted).toBe(false);
    await advance(5000);
    await stopped;
    expect(aborted).toBe(true);
    expect(keys).toEqual(["clinic/there"]);
  });
});
