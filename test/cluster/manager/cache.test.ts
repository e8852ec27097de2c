import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import type { Cache } from "../../../src/operator/manager/cache.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../../builders/faultyproxy.ts";
import { eventually } from "../../builders/eventually.ts";
import { type Api, startApi } from "../startapi.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, connect, type Connection, newNamespace, watched } from "./rig.ts";

let direct: Api;
let proxied: Connection;
let proxy: FaultyProxy;
let namespace: string;
let count = 0;
const running: Cache<ConfigMap>[] = [];

beforeAll(async () => {
  direct = await startApi({ crds: false, identities: { admin: ["system:masters"], guest: [] } });
}, 120_000);

beforeEach(async () => {
  namespace = await newNamespace(direct.client, `cache-${++count}`);
  proxy = await startFaultyProxy(direct.controlPlane.url);
  proxied = connect(direct.controlPlane, { through: proxy.url });
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((cache) => cache.stop()));
  await proxied.access.close();
  await proxy.close();
});

afterAll(() => direct?.stop());

async function watch(options: Parameters<typeof watched>[1] = {}) {
  const result = await watched(proxied.client, { namespaces: [namespace], silenceMs: 2000, ...options });
  running.push(result.cache);
  return result;
}

const put = (name: string, data: Record<string, string> = {}) =>
  direct.client.apply(CONFIG_MAPS, configMap(namespace, name, data));
const remove = (name: string) => direct.client.delete(CONFIG_MAPS, { namespace, name });

/** Lets `user` read ConfigMaps of a namespace. */
async function grant(user: string, within: string): Promise<void> {
  const rbac = { group: "rbac.authorization.k8s.io", version: "v1", scope: "Namespaced" } as const;
  const metadata = { namespace: within, name: "reader" };
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list", "watch"] }];
  await direct.client.apply({ ...rbac, kind: "Role", plural: "roles" }, { metadata, rules } as KubeObject);
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user }];
  const binding = { metadata, roleRef, subjects } as KubeObject;
  await direct.client.apply({ ...rbac, kind: "RoleBinding", plural: "rolebindings" }, binding);
}

const isWatch = ({ query }: { query: URLSearchParams }) => query.get("watch") === "true";
const watches = () => proxy.asked.filter(isWatch).length;
const lists = () => proxy.asked.filter((asked) => !isWatch(asked) && !asked.query.has("continue")).length;
/** The first so many requests of a kind go wrong. */
const first = (times: number, which: "list" | "watch", fault: Fault) => {
  let left = times;
  proxy.fault((asked) => (isWatch(asked) === (which === "watch") && left-- > 0 ? fault : undefined));
};

describe("A cache", () => {
  test("has, page by page, everything that is there when it has started, and hears what changes", async () => {
    for (const name of ["a", "b", "c", "d", "e"]) await put(name);
    const { cache, told } = await watch({ pageSize: 2 });
    expect(cache.list().map(({ metadata }) => metadata.name)).toEqual(["a", "b", "c", "d", "e"]);
    expect(proxy.asked.filter((asked) => !isWatch(asked))).toHaveLength(3);
    await put("b", { now: "changed" });
    await remove("c");
    await put("f");
    await eventually(() => expect(told().slice(5)).toEqual(["updated b", "deleted c", "added f"]));
    expect(cache.get(`${namespace}/b`)?.data).toEqual({ now: "changed" });
  });

  test("hands out what its type is, and neither managed fields nor what is to be left out", async () => {
    await put("a", { password: "of no use here", user: "operator" });
    const { cache } = await watch({ transform: ({ data: _dropped, ...rest }) => rest });
    await put("b", { password: "neither" });
    await eventually(() => expect(cache.list()).toHaveLength(2));
    for (const object of cache.list()) {
      expect(object).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" });
      expect(object.data).toBeUndefined();
      expect(object.metadata).not.toHaveProperty("managedFields");
      expect(object.metadata.uid).toMatch(/-/);
    }
  });

  test("lets go of what no longer has the label it selects by", async () => {
    await put("a");
    const { told } = await watch();
    await direct.client.merge(CONFIG_MAPS, { namespace, name: "a" }, { metadata: { labels: { test: "other" } } });
    await eventually(() => expect(told()).toEqual(["added a", "deleted a"]));
  });

  test("tells a late handler of what is there, and nobody who left", async () => {
    await put("a");
    const { cache, told } = await watch();
    const late: string[] = [];
    const leave = cache.subscribe((change) => late.push(change.type));
    expect(late).toEqual(["added"]);
    leave();
    await put("b");
    await eventually(() => expect(told()).toContain("added b"));
    expect(late).toEqual(["added"]);
  });

  test("goes on though a handler throws", async () => {
    const { cache, told } = await watch();
    cache.subscribe(() => {
      throw new Error("a mistake");
    });
    await put("a");
    await put("b");
    await eventually(() => expect(told()).toEqual(["added a", "added b"]));
  });

  test("of some namespaces holds what is in these, and needs to read no other", async () => {
    const [north, south, elsewhere] = await Promise.all(
      ["north", "south", "elsewhere"].map((name) => newNamespace(direct.client, `${namespace}-${name}`)),
    );
    const wanted = [north, south] as string[];
    for (const name of wanted) await grant("guest", name);
    for (const name of [...wanted, elsewhere as string])
      await direct.client.apply(CONFIG_MAPS, configMap(name, "early"));
    const guest = connect(direct.controlPlane, { user: "guest" });
    const { cache, told } = await watched(guest.client, { namespaces: wanted });
    running.push(cache);
    expect(told()).toEqual(["added early", "added early"]);
    await direct.client.apply(CONFIG_MAPS, configMap(wanted[1] as string, "late"));
    await direct.client.delete(CONFIG_MAPS, { namespace: wanted[0] as string, name: "early" });
    await eventually(() => expect(told().slice(2).toSorted()).toEqual(["added late", "deleted early"]));
    expect(
      cache
        .list()
        .map(({ metadata }) => `${metadata.namespace} ${metadata.name}`)
        .toSorted(),
    ).toEqual([`${wanted[1]} early`, `${wanted[1]} late`]);
  });

  test("waits, and is not fresh, while it may not read, and fills itself when it may", async () => {
    const guest = connect(direct.controlPlane, { user: "guest" });
    const starting = watched(guest.client, { namespaces: [namespace] });
    await put("a");
    await grant("guest", namespace);
    const { cache, told } = await starting;
    running.push(cache);
    expect(told()).toEqual(["added a"]);
    expect(cache.silentMs()).toBeLessThan(1000);
    await guest.access.close();
  });
});

describe("A cache misses nothing", () => {
  test("when its watch is cut, and goes on behind the last event without listing again", async () => {
    const { told } = await watch();
    await put("a");
    await eventually(() => expect(told()).toEqual(["added a"]));
    proxy.cutAll();
    await remove("a");
    await put("b");
    await eventually(() => expect(told()).toEqual(["added a", "deleted a", "added b"]), 10_000);
    expect(lists()).toBe(1);
  });

  test("when its history is gone: it is told what was deleted and replaced meanwhile", async () => {
    for (const name of ["a", "b", "c"]) await put(name);
    const { told } = await watch();
    await eventually(() => expect(watches()).toBe(1));
    let gone = 1;
    proxy.fault((asked) => (isWatch(asked) && gone-- > 0 ? { status: 410 } : undefined));
    proxy.cutAll();
    await remove("a");
    await remove("b");
    await put("b", { another: "one" });
    await put("d");
    const after = ["deleted a", "deleted b", "added b", "added d"];
    await eventually(() => expect(told().slice(3).sort()).toEqual(after.sort()), 10_000);
    await eventually(() => expect(watches()).toBe(3));
  });

  test("when the server says within a watch that history is gone", async () => {
    await put("a");
    first(1, "watch", { body: `${JSON.stringify({ type: "ERROR", object: { code: 410, reason: "Expired" } })}\n` });
    const { told } = await watch();
    await put("b");
    await eventually(() => expect(told()).toEqual(["added a", "added b"]), 10_000);
    expect(lists()).toBe(2);
  });

  test("when a page of its list expires", async () => {
    for (const name of ["a", "b", "c"]) await put(name);
    let gone = 1;
    proxy.fault((asked) => (asked.query.has("continue") && gone-- > 0 ? { status: 410 } : undefined));
    const { told } = await watch({ pageSize: 2 });
    expect(told()).toEqual(["added a", "added b", "added c"]);
  });

  test("when the server is too busy, which it asks again after the time it was told", async () => {
    first(1, "list", { status: 429, retryAfter: 2 });
    await put("a");
    const began = performance.now();
    const { told } = await watch();
    expect(told()).toEqual(["added a"]);
    expect(performance.now() - began).toBeGreaterThan(1950);
  });

  test.each(["list", "watch"] as const)("when each %s fails for a while", async (which) => {
    first(3, which, { status: 500 });
    await put("a");
    const { told } = await watch();
    await put("b");
    await eventually(() => expect(told()).toEqual(["added a", "added b"]), 10_000);
  });

  test("when its watch falls silent, though the connection stands", async () => {
    const { cache, told } = await watch();
    await eventually(() => expect(watches()).toBe(1));
    proxy.sleep();
    await put("a");
    await eventually(() => expect(cache.silentMs()).toBeGreaterThan(2000), 5000);
    expect(told()).toEqual([]);
    proxy.wake();
    await eventually(() => expect(told()).toEqual(["added a"]), 10_000);
  });

  test("when its watch stops in the middle of an event for ever", async () => {
    first(1, "watch", { breaks: "stall", afterBytes: 100 });
    const { told } = await watch();
    await put("a");
    await put("b");
    await eventually(() => expect(told()).toEqual(["added a", "added b"]), 15_000);
  });

  test.each(["cut", "end", "corrupt"] as const)("when bytes of its watch are lost or changed (%s)", async (breaks) => {
    /** Of the next five watches each goes on for a bit longer. */
    const mangle = () => {
      let bytes = 0;
      proxy.fault((asked) => (isWatch(asked) && bytes < 400 ? { breaks, afterBytes: (bytes += 80) } : undefined));
      proxy.cutAll();
    };
    const { told } = await watch();
    mangle();
    for (const name of ["a", "b", "c"]) await put(name);
    await eventually(() => expect(told()).toEqual(["added a", "added b", "added c"]), 20_000);
    mangle();
    await remove("b");
    await put("c", { more: "of it" });
    await eventually(() => expect(told().slice(3).sort()).toEqual(["deleted b", "updated c"]), 20_000);
  });

  test("when its list is corrupt", async () => {
    first(2, "list", { breaks: "corrupt", afterBytes: 30 });
    await put("a");
    expect((await watch()).told()).toEqual(["added a"]);
  });

  test("when answers are slow", async () => {
    proxy.fault(() => ({ delayMs: 800 }));
    const { told } = await watch();
    await put("a");
    await eventually(() => expect(told()).toEqual(["added a"]));
  });
});
