import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { systemClock } from "../../../src/base/clock.ts";
import { EVENTS, EventRecorder } from "../../../src/operator/kube/events.ts";
import type { KubeObject } from "../../../src/operator/kube/resource.ts";
import { silentLog } from "../../../src/telemetry/log.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../../builders/faultyproxy.ts";
import { create } from "../api.ts";
import { readSamples } from "../samples.ts";
import { type Api, startApi } from "../startapi.ts";
import { CONFIG_MAPS, type ConfigMap, configMap, connect, type Connection, newNamespace } from "./rig.ts";

interface Managed extends KubeObject {
  metadata: KubeObject["metadata"] & { managedFields?: { manager: string; operation: string; subresource?: string }[] };
}

let direct: Api;
let proxied: Connection;
let proxy: FaultyProxy;
const namespace = "client";

beforeAll(async () => {
  direct = await startApi({ identities: { admin: ["system:masters"], guest: [] } });
  proxy = await startFaultyProxy(direct.controlPlane.url);
  proxied = connect(direct.controlPlane, { through: proxy.url });
  await newNamespace(direct.client, namespace);
}, 120_000);

afterAll(async () => {
  await proxied?.access.close();
  await proxy?.close();
  await direct?.stop();
});

/** The next so many requests go wrong. */
const next = (times: number, fault: Fault) => {
  let left = times;
  proxy.fault(() => (left-- > 0 ? fault : undefined));
};
const named = (name: string) => ({ namespace, name });

describe("The client", () => {
  test("applies as one field manager: takes what others wrote, gives up what it no longer says", async () => {
    const other = { metadata: named("shared"), apiVersion: "v1", kind: "ConfigMap", data: { theirs: "1", ours: "0" } };
    await direct.controlPlane
      .client("admin")
      .request("POST", `/api/v1/namespaces/${namespace}/configmaps`, { body: other });
    await direct.client.apply(CONFIG_MAPS, configMap(namespace, "shared", { ours: "1", once: "1" }));
    const after = await direct.client.apply<ConfigMap>(CONFIG_MAPS, configMap(namespace, "shared", { ours: "1" }));
    expect(after.data).toEqual({ theirs: "1", ours: "1" });
    const { metadata } = after as Managed;
    expect(metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: "fascia-operator", operation: "Apply" }),
    );
  });

  test("applies status apart from spec", async () => {
    const sample = (await readSamples()).find(({ resource }) => resource.kind === "ContractVersion");
    const kind = KINDS.find((candidate) => candidate.kind === "ContractVersion");
    if (sample === undefined || kind === undefined) throw new Error("no sample");
    await create(direct.controlPlane.client("admin"), sample.resource);
    const type = { group: "fascia.dev", version: "v1alpha1", kind: kind.kind, plural: kind.plural, scope: kind.scope };
    const { name } = sample.resource.metadata;
    const before = await direct.client.get<KubeObject & { spec: unknown }>(type, { name });
    const applied = await direct.client.applyStatus<KubeObject & { status: unknown; spec?: unknown }>(type, {
      metadata: { name },
      status: { observedGeneration: 1 },
    });
    expect(applied.status).toMatchObject({ observedGeneration: 1 });
    expect(applied.spec).toEqual(before.spec);
    expect(applied.metadata.generation).toBe(before.metadata.generation);
  });

  test("writes over what it read, and not over what changed since", async () => {
    const read = await direct.client.create(CONFIG_MAPS, configMap(namespace, "replaced", { a: "1" }));
    await direct.client.replace(CONFIG_MAPS, { ...read, data: { a: "2" } });
    const late = direct.client.replace(CONFIG_MAPS, { ...read, data: { a: "3" } });
    await expect(late).rejects.toMatchObject({ code: "KubeConflict", reason: "Conflict" });
  });

  test("deletes what is meant and nothing that took its name", async () => {
    const { metadata } = await direct.client.apply(CONFIG_MAPS, configMap(namespace, "deleted"));
    const another = direct.client.delete(CONFIG_MAPS, named("deleted"), { uid: "another" });
    await expect(another).rejects.toMatchObject({ code: "KubeConflict" });
    expect(await direct.client.delete(CONFIG_MAPS, named("deleted"), { uid: metadata.uid })).toBe(true);
    expect(await direct.client.delete(CONFIG_MAPS, named("deleted"), { uid: metadata.uid })).toBe(false);
  });

  test.each([
    ["KubeNotFound", () => direct.client.get(CONFIG_MAPS, named("nowhere"))],
    ["KubeForbidden", () => connect(direct.controlPlane, { user: "guest" }).client.get(CONFIG_MAPS, named("shared"))],
    ["KubeInvalid", () => direct.client.apply(CONFIG_MAPS, configMap(namespace, "No Name"))],
    ["KubeConflict", () => direct.client.create(CONFIG_MAPS, configMap(namespace, "shared"))],
  ])("tells a refusal as %s", async (code, ask) => {
    await expect(ask()).rejects.toMatchObject({ code });
  });

  test("repeats what may be repeated until it succeeds", async () => {
    next(2, { status: 500 });
    await expect(proxied.client.apply(CONFIG_MAPS, configMap(namespace, "repeated"))).resolves.toBeDefined();
    next(1, { breaks: "cut" });
    await expect(proxied.client.get(CONFIG_MAPS, named("repeated"))).resolves.toBeDefined();
    next(1, { status: 429, retryAfter: 1 });
    const began = performance.now();
    await proxied.client.create(CONFIG_MAPS, configMap(namespace, "throttled"));
    expect(performance.now() - began).toBeGreaterThan(950);
  });

  test("does not repeat a creation that may have been carried out", async () => {
    next(1, { breaks: "cut" });
    const asked = proxy.asked.length;
    const created = proxied.client.create(CONFIG_MAPS, configMap(namespace, "once"));
    await expect(created).rejects.toMatchObject({ code: "KubeUnavailable" });
    expect(proxy.asked.length - asked).toBe(1);
    await expect(direct.client.get(CONFIG_MAPS, named("once"))).resolves.toBeDefined();
  });

  test("waits for an answer no longer than it may, and not for one nobody waits for", async () => {
    next(1, { delayMs: 60_000 });
    const slow = proxied.client.get(CONFIG_MAPS, named("shared"), { silenceMs: 1000, retry: false });
    await expect(slow).rejects.toMatchObject({ code: "KubeUnavailable" });
    next(1, { delayMs: 60_000 });
    const over = new AbortController();
    const given = proxied.client.get(CONFIG_MAPS, named("shared"), { signal: over.signal });
    setTimeout(() => over.abort(), 100);
    await expect(given).rejects.toMatchObject({ code: "KubeUnavailable" });
  });

  test("writes nothing while its fence is down", async () => {
    let leads = true;
    const fenced = direct.client.fenced(() => leads);
    await fenced.apply(CONFIG_MAPS, configMap(namespace, "fenced", { by: "leader" }));
    leads = false;
    const late = [
      fenced.apply(CONFIG_MAPS, configMap(namespace, "fenced", { by: "nobody" })),
      fenced.delete(CONFIG_MAPS, named("fenced")),
    ];
    for (const each of late) await expect(each).rejects.toMatchObject({ code: "NotLeading" });
    const { data } = await fenced.get<ConfigMap>(CONFIG_MAPS, named("fenced"));
    expect(data).toEqual({ by: "leader" });
  });

  test("writes events that the API server takes, and counts their repetitions", async () => {
    let ms = 0;
    const clock = { ...systemClock, monotonic: () => ms };
    const recorder = new EventRecorder({ client: direct.client, clock, log: silentLog, instance: "operator-0" });
    const about = await direct.client.apply(CONFIG_MAPS, configMap(namespace, "told"));
    for (const note of ["Once.", "Twice.", "Twice."]) {
      recorder.record(CONFIG_MAPS, about, { type: "Warning", reason: "Tested", action: "Test", note });
      ms += 60_000;
      await recorder.drained();
    }
    const { items } = await direct.client.list<KubeObject & { note: string; series?: { count: number } }>(EVENTS, {
      namespace,
    });
    expect(items.map(({ note, series }) => [note, series?.count]).sort()).toEqual([
      ["Once.", undefined],
      ["Twice.", 2],
    ]);
  });
});
