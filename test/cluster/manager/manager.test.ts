import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { Cache } from "../../../src/operator/manager/cache.ts";
import { Controller } from "../../../src/operator/manager/controller.ts";
import { Elector } from "../../../src/operator/manager/elector.ts";
import { runManager } from "../../../src/operator/manager/manager.ts";
import { own } from "../../../src/operator/manager/watches.ts";
import { nameOf } from "../../../src/operator/kube/resource.ts";
import { createHealth, type Health } from "../../../src/telemetry/health.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { createOperatorMetrics } from "../../../src/telemetry/operatormetrics.ts";
import { eventually } from "../../builders/eventually.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../../builders/faultyproxy.ts";
import { type Api, startApi } from "../startapi.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, connect, newNamespace } from "./rig.ts";

/** As short as whole seconds in a Lease allow. */
const TIMES = { durationMs: 3000, deadlineMs: 2000, retryMs: 300 };

let direct: Api;

beforeAll(async () => {
  direct = await startApi({ crds: false });
}, 120_000);

afterAll(() => direct?.stop());

interface Operator {
  identity: string;
  elector: Elector;
  health: Health;
  proxy: FaultyProxy;
  /** How the manager ended; undefined while it runs. */
  ended(): string | undefined;
  stop(): Promise<void>;
}

/** An operator whose one controller writes its name into every ConfigMap, through a proxy of its own. */
async function startOperator(namespace: string, identity: string, fault?: Fault): Promise<Operator> {
  const proxy = await startFaultyProxy(direct.controlPlane.url);
  proxy.fault(() => fault);
  const { access, client } = connect(direct.controlPlane, { through: proxy.url });
  const base = {
    clock: systemClock,
    random: Math.random,
    log: silentLog,
    metrics: createOperatorMetrics({ process: false }),
  };
  const health = createHealth(systemClock);
  const cache = new Cache<ConfigMap>(
    { type: CONFIG_MAPS, namespaces: [namespace], labelSelector: "test=manager", silenceMs: 2000 },
    { ...base, client, health },
  );
  const elector = new Elector({ lease: { namespace, name: "operator" }, identity, ...TIMES }, { ...base, client });
  const fenced = client.fenced(() => elector.holds());
  const reconcile = async (key: string, signal: AbortSignal) => {
    const object = cache.get(key);
    if (object === undefined || object.data?.["seenBy"] === identity) return {};
    const { name, namespace: within } = nameOf(key);
    await fenced.merge(CONFIG_MAPS, { name, namespace: within }, { data: { seenBy: identity } }, { signal });
    return {};
  };
  const controller = new Controller({ name: "configmap", watches: [own(cache)], reconcile }, base);
  const over = new AbortController();
  let ended: string | undefined;
  const running = runManager({ caches: [cache], elector, controllers: [controller] }, base, over.signal).then(
    () => (ended = "stopped"),
    (error: { code?: string }) => (ended = error.code ?? "failed"),
  );
  const stop = async () => {
    over.abort();
    await running;
    await access.close();
    await proxy.close();
  };
  return { identity, elector, health, proxy, ended: () => ended, stop };
}

const seenBy = async (namespace: string, name: string) =>
  (await direct.client.get<ConfigMap>(CONFIG_MAPS, { namespace, name })).data?.["seenBy"];

/** Looks at who leads as often as it can; fails when two do. */
function overseer(operators: Operator[]) {
  const over = new AbortController();
  let most = 0;
  const watching = (async () => {
    while (!over.signal.aborted) {
      most = Math.max(most, operators.filter(({ elector }) => elector.holds()).length);
      await pause(2);
    }
  })();
  return async () => {
    over.abort();
    await watching;
    return most;
  };
}

describe("Two operators", () => {
  test("work as one, and hand over within seconds when the leader is told to stop", async () => {
    const namespace = await newNamespace(direct.client, "handover");
    const operators = [await startOperator(namespace, "first")];
    await eventually(() => expect(operators[0]?.elector.holds()).toBe(true));
    operators.push(await startOperator(namespace, "second"));
    const judge = overseer(operators);
    await direct.client.apply(CONFIG_MAPS, configMap(namespace, "one"));
    await eventually(async () => expect(await seenBy(namespace, "one")).toBe("first"));
    const began = performance.now();
    await operators[0]?.stop();
    await eventually(async () => expect(await seenBy(namespace, "one")).toBe("second"));
    expect(performance.now() - began).toBeLessThan(2000);
    expect(operators[0]?.ended()).toBe("stopped");
    expect(await judge()).toBe(1);
    await operators[1]?.stop();
  });

  test("never lead both, though the leader hears nothing any more; it stops by itself", async () => {
    const namespace = await newNamespace(direct.client, "stalled");
    const operators = [await startOperator(namespace, "first")];
    await eventually(() => expect(operators[0]?.elector.holds()).toBe(true));
    operators.push(await startOperator(namespace, "second"));
    const judge = overseer(operators);
    operators[0]?.proxy.sleep();
    await direct.client.apply(CONFIG_MAPS, configMap(namespace, "one"));
    await eventually(async () => expect(await seenBy(namespace, "one")).toBe("second"), 15_000);
    expect(await judge()).toBe(1);
    await eventually(() => expect(operators[0]?.ended()).toBe("LeaseLost"), 15_000);
    operators[0]?.proxy.wake();
    for (const each of operators) await each.stop();
  });

  test("take over from one that was killed, when its time is over", async () => {
    const namespace = await newNamespace(direct.client, "killed");
    const first = await startOperator(namespace, "first");
    await eventually(() => expect(first.elector.holds()).toBe(true));
    const second = await startOperator(namespace, "second");
    const judge = overseer([first, second]);
    // What is gone writes nothing more, not even a farewell.
    first.proxy.fault(() => ({ status: 503 }));
    first.proxy.cutAll();
    await eventually(() => expect(second.elector.holds()).toBe(true), 15_000);
    expect(await judge()).toBe(1);
    for (const each of [first, second]) await each.stop();
  });
});

describe("An operator", () => {
  test("is ready when its caches are filled, whether it leads or not", async () => {
    const namespace = await newNamespace(direct.client, "ready");
    const operator = await startOperator(namespace, "only");
    await eventually(() => expect(operator.elector.holds()).toBe(true));
    expect(operator.health.ready()).toEqual({ ok: true, failing: [] });
    await operator.stop();
    expect(operator.health.ready()).toEqual({ ok: true, failing: [] });
  });

  test("that cannot reach the API server from the start is not ready, and stops when told to", async () => {
    const namespace = await newNamespace(direct.client, "away");
    const operator = await startOperator(namespace, "only", { status: 503 });
    await eventually(() => expect(operator.proxy.asked.length).toBeGreaterThan(1));
    expect(operator.health.ready().failing).toEqual([
      expect.stringContaining("cache configmaps away test=manager: not started yet"),
    ]);
    expect(operator.health.live().ok).toBe(true);
    await operator.stop();
    expect(operator.ended()).toBe("stopped");
  });

  test("goes on leading and working when the API server was away for a moment", async () => {
    const namespace = await newNamespace(direct.client, "moment");
    const operator = await startOperator(namespace, "only");
    await eventually(() => expect(operator.elector.holds()).toBe(true));
    operator.proxy.fault(() => ({ status: 500 }));
    operator.proxy.cutAll();
    await pause(700);
    operator.proxy.fault(() => undefined);
    await direct.client.apply(CONFIG_MAPS, configMap(namespace, "one"));
    await eventually(async () => expect(await seenBy(namespace, "one")).toBe("only"), 10_000);
    expect(operator.ended()).toBeUndefined();
    await operator.stop();
  });
});
