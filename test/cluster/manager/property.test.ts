import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOf } from "../../../src/operator/kube/resource.ts";
import type { Change } from "../../../src/operator/manager/store.ts";
import { eventually } from "../../builders/eventually.ts";
import { type Asked, type Fault, type FaultyProxy, startFaultyProxy } from "../../builders/faultyproxy.ts";
import { seeded } from "../../builders/random.ts";
import { type Api, startApi } from "../startapi.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, connect, newNamespace, watched } from "./rig.ts";

let direct: Api;

beforeAll(async () => {
  direct = await startApi({ crds: false });
}, 120_000);

afterAll(() => direct?.stop());

const NAMES = Array.from({ length: 12 }, (_, index) => `thing-${index}`);

/** One writer that knows no trouble: creates, updates and deletes at random. */
async function write(namespace: string, random: () => number, steps: number): Promise<void> {
  for (let step = 0; step < steps; step++) {
    const name = NAMES[Math.floor(random() * NAMES.length)] ?? "";
    if (random() < 0.35) await direct.client.delete(CONFIG_MAPS, { namespace, name });
    else await direct.client.apply(CONFIG_MAPS, configMap(namespace, name, { step: `${step}`, index: `${step % 3}` }));
    await pause(random() * 80);
  }
}

/** What happens to most watches, and to one page of a list in six. */
function anyFault(random: () => number): (asked: Asked) => Fault | undefined {
  const faults: ((bytes: number) => Fault)[] = [
    (afterBytes) => ({ breaks: "cut", afterBytes }),
    (afterBytes) => ({ breaks: "end", afterBytes }),
    (afterBytes) => ({ breaks: "stall", afterBytes }),
    (afterBytes) => ({ breaks: "corrupt", afterBytes }),
    () => ({ status: 500 }),
    () => ({ status: 429, retryAfter: 1 }),
    () => ({ status: 410 }),
    () => ({ delayMs: 200 }),
  ];
  return ({ query }) => {
    const bytes = random() * 3000;
    const fault = faults[Math.floor(random() * faults.length)];
    return random() < (query.has("watch") ? 0.7 : 0.15) ? fault?.(bytes) : undefined;
  };
}

/** Cuts everything now and then, and puts the way to sleep, until it is told to stop. */
async function trouble(proxy: FaultyProxy, random: () => number, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await pause(200 + random() * 800);
    if (random() < 0.5) proxy.cutAll();
    if (random() < 0.2) proxy.sleep();
    await pause(random() * 1000);
    proxy.wake();
  }
}

/** What a handler heard makes sense by itself: nothing twice, nothing out of nothing, each old state the one before. */
function replayed(changes: Change<ConfigMap>[]): Map<string, ConfigMap> {
  const known = new Map<string, ConfigMap>();
  for (const change of changes) {
    const { metadata } = change.type === "deleted" ? change.old : change.object;
    const key = keyOf(metadata);
    const before = known.get(key);
    if (change.type === "added") expect(before, `${key} was added twice`).toBeUndefined();
    else expect(change.old, `${key}: the old state is not the last one`).toBe(before);
    if (change.type === "updated") expect(change.object.metadata.uid).toBe(before?.metadata.uid);
    if (change.type === "deleted") known.delete(key);
    else known.set(key, change.object);
  }
  return known;
}

const plain = (objects: readonly ConfigMap[]) =>
  objects
    .map(({ metadata: { managedFields: _dropped, ...metadata }, data }) => ({ metadata, data }))
    .sort((a, b) => a.metadata.name.localeCompare(b.metadata.name));

test.concurrent.each([1, 2, 3, 4])(
  "A cache tells the truth in the end, and nothing senseless before (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const random = seeded(seed);
    const namespace = await newNamespace(direct.client, `property-${seed}`);
    const proxy = await startFaultyProxy(direct.controlPlane.url);
    const { access, client } = connect(direct.controlPlane, { through: proxy.url });
    const indexes = { index: ({ data }: ConfigMap) => [data?.["index"] ?? ""] };
    const { cache, changes } = await watched(client, {
      namespaces: [namespace],
      pageSize: 4,
      silenceMs: 1500,
      indexes,
    });
    const over = new AbortController();
    proxy.fault(anyFault(seeded(seed + 100)));
    const troubled = trouble(proxy, seeded(seed + 200), over.signal);
    await write(namespace, random, 400);
    over.abort();
    await troubled;
    proxy.fault(() => undefined);
    await write(namespace, random, 5);

    const { items } = await direct.client.list<ConfigMap>(CONFIG_MAPS, { namespace, labelSelector: "test=manager" });
    await eventually(() => expect(plain(cache.list())).toEqual(plain(items)), 30_000);
    const heard = [...replayed(changes).values()];
    expect(plain(heard)).toEqual(plain(items));
    for (const index of ["0", "1", "2"]) {
      const right = items.filter(({ data }) => data?.["index"] === index);
      expect(plain(cache.byIndex("index", index))).toEqual(plain(right));
    }
    expect(proxy.asked.length).toBeGreaterThan(8);
    await cache.stop();
    await access.close();
    await proxy.close();
  },
);

test(
  "A cache misses nothing while the API server is killed and started again, again and again",
  { timeout: 180_000 },
  async () => {
    const namespace = await newNamespace(direct.client, "restarts");
    const { access, client } = connect(direct.controlPlane);
    const { cache, changes, told } = await watched(client, { namespaces: [namespace] });
    for (let round = 0; round < 3; round++) {
      await write(namespace, seeded(round), 40);
      await direct.controlPlane.killApiServer();
      await direct.controlPlane.startApiServer();
      await direct.client.delete(CONFIG_MAPS, { namespace, name: "thing-0" });
    }
    await direct.client.apply(CONFIG_MAPS, configMap(namespace, "last"));
    await eventually(() => expect(told().at(-1)).toBe("added last"), 30_000);
    const { items } = await direct.client.list<ConfigMap>(CONFIG_MAPS, { namespace, labelSelector: "test=manager" });
    expect(plain(cache.list())).toEqual(plain(items));
    expect(plain([...replayed(changes).values()])).toEqual(plain(items));
    await cache.stop();
    await access.close();
  },
);
