import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Delivery } from "../../test/builders/delivery.ts";
import { eventually } from "../../test/builders/eventually.ts";
import { type TestNats, startNats } from "../../test/builders/nats.ts";
import { freePort } from "../../test/builders/ports.ts";
import { SourceRig } from "../../test/builders/sourcerig.ts";
import { httpTransport } from "../api/adapter-http.ts";
import type { AdapterConfig } from "../compile/config.ts";
import { hubStream, rawSubject } from "../compile/names.ts";
import { ConfigStore } from "../jetstream/config.ts";
import { publish } from "../jetstream/publish.ts";
import { FasciaError } from "../base/errors.ts";
import { lastMessages } from "../jetstream/read.ts";
import { reportIn } from "../jetstream/reports.ts";
import { AdapterRuntime } from "./adapter.ts";
import { silentLog } from "../telemetry/log.ts";
import type { Deps } from "./deps.ts";

let nats: TestNats;

beforeAll(async () => {
  nats = await startNats();
});
afterAll(() => nats.stop());

test("a source that an edit removes is closed, and opened when it comes back", async () => {
  const port = await freePort();
  const rig = await SourceRig.create(nats, http({ source: { port, path: "/x" } }));
  const { take, runtime } = await start(await rig.deps(), rig.config);
  expect(await posted(port)).toBe(202);

  await take({ ...rig.config, emits: [], spec: { ...rig.config.spec, ...http({ target: { url: NOWHERE } }) } });
  await expect(posted(port)).rejects.toThrow("fetch failed");
  expect(runtime.address).toBeUndefined();

  await take(rig.config);
  expect(await posted(port)).toBe(202);
  await runtime.stop();
  await rig.stop();
});

test("a target that an edit removes gets no more messages, and goes on when it comes back", async () => {
  const delivery = await Delivery.create(nats);
  const { take, runtime } = await start(delivery.deps(delivery.hub), delivery.config);
  const pulls = async () => {
    const { consumers } = delivery.hub.jsm;
    return (await consumers.info(hubStream(delivery.domain), delivery.consumer)).num_waiting;
  };
  await eventually(async () => expect(await pulls()).toBeGreaterThan(0));

  const { spec } = delivery.config;
  const source = http({ source: { port: await freePort(), path: "/x" } });
  await take({ ...delivery.config, domains: [], routes: [], spec: { ...spec, ...source } });
  await eventually(async () => expect(await pulls()).toBe(0));

  await take(delivery.config);
  await eventually(async () => expect(await pulls()).toBeGreaterThan(0));
  await runtime.stop();
  await delivery.stop();
});

test("an edit that the target refuses reaches the source neither: what ran before goes on, all of it", async () => {
  const [port, other] = [await freePort(), await freePort()];
  const delivery = await Delivery.create(nats);
  const refusals: string[] = [];
  const deps = { ...delivery.deps(delivery.hub), log: { ...silentLog, error: (text: string) => refusals.push(text) } };
  const on = (at: number, { spec, ...config }: AdapterConfig): AdapterConfig => ({
    ...config,
    spec: { ...spec, ...http({ source: { port: at, path: "/x" }, target: { url: NOWHERE } }) },
  });
  const { put, runtime } = await start(deps, on(port, delivery.config));
  const { revision } = runtime;

  const routes = delivery.config.routes.map((route) => ({ ...route, filter: "(" }));
  await put(on(other, { ...delivery.config, revision: "refused", routes }));
  await eventually(() => expect(refusals).toEqual(["configuration refused"]));
  expect(runtime.revision).toBe(revision);
  expect(runtime.address).toContain(`:${port}`);
  await runtime.stop();
  await delivery.stop();
});

test("a source that drains takes nothing new, and what it took is normalised, also by a process that begins then", async () => {
  const port = await freePort();
  const rig = await SourceRig.create(nats, http({ source: { port, path: "/x" } }));
  const { take, runtime } = await start(await rig.deps(), rig.config);
  expect(await posted(port)).toBe(202);
  await take({ ...rig.config, draining: true });
  await expect(posted(port)).rejects.toThrow("fetch failed");
  await eventually(async () => expect(await rig.published()).toHaveLength(1));
  await runtime.stop();

  await publish(rig.hub, rawSubject(rig.config), "{}", { patienceMs: 1000 });
  const successor = await AdapterRuntime.start(await rig.deps());
  await eventually(async () => expect(await rig.unacknowledged()).toBe(0));
  await expect(posted(port)).rejects.toThrow("fetch failed");
  await successor.stop();
  await rig.stop();
});

describe("a Secret that is missing", () => {
  const SECRET = "lab-token";
  const target = (secret = SECRET) => ({ url: NOWHERE, bearerTokenRef: { name: secret, key: "token" } });
  const reports = async (hub: Deps["hub"], name: string) => (await reportOf(hub, name))?.secrets;
  const secretsOf = (keys: Set<string>): Deps["secrets"] => ({
    read: () => Promise.reject(new FasciaError("SecretMissing", "not there")),
    readOptional: (secret, key) => Promise.resolve(keys.has(`${secret}/${key}`) ? Buffer.from("x") : undefined),
  });

  test("of the target is told, and the source goes on receiving; what has come is told, too", async () => {
    const port = await freePort();
    const rig = await SourceRig.create(nats, http({ source: { port, path: "/x" }, target: target() }));
    const keys = new Set<string>();
    const deps = { ...(await rig.deps()), secrets: secretsOf(keys) };
    const { runtime } = await start(deps, rig.config);
    await eventually(async () =>
      expect(await reports(rig.hub, rig.name)).toEqual({ "spec.http.target.bearerTokenRef": [] }),
    );
    await eventually(() => expect(deps.health.ready()).toEqual({ ok: true, failing: [] }));
    expect(await posted(port)).toBe(202);
    keys.add(`${SECRET}/token`);
    await eventually(async () => expect(await reports(rig.hub, rig.name)).toEqual({}));
    await runtime.stop();
    await rig.stop();
  });

  test("of an adapter that only sends makes it not ready: a rollout waits for it", async () => {
    const delivery = await Delivery.create(nats);
    const config = { ...delivery.config, spec: { ...delivery.config.spec, ...http({ target: target() }) } };
    const deps = { ...delivery.deps(delivery.hub), secrets: secretsOf(new Set()) };
    const { runtime } = await start(deps, config);
    await eventually(() => expect(deps.health.ready().failing.join()).toContain(`Secret ${SECRET} has no token`));
    expect(await reports(delivery.hub, delivery.name)).toEqual({ "spec.http.target.bearerTokenRef": [] });
    await runtime.stop();
    await delivery.stop();
  });

  test("of a source that can't be opened without it is told while it is waited for", async () => {
    const source = { port: await freePort(), path: "/x", tls: { secretName: "tls" } };
    const rig = await SourceRig.create(nats, http({ source }));
    const deps = { ...(await rig.deps()), secrets: secretsOf(new Set(["tls/tls.crt"])) };
    await expect(start(deps, rig.config)).rejects.toMatchObject({ code: "SecretMissing" });
    expect(await reports(rig.hub, rig.name)).toEqual({ "spec.http.source.tls.secretName": ["tls.crt"] });
    await rig.stop();
  });

  test("is nothing to tell of while none ever was", async () => {
    const port = await freePort();
    const rig = await SourceRig.create(nats, http({ source: { port, path: "/x" }, target: target() }));
    const { runtime } = await start(
      { ...(await rig.deps()), secrets: secretsOf(new Set([`${SECRET}/token`])) },
      rig.config,
    );
    expect(await posted(port)).toBe(202);
    expect(await reports(rig.hub, rig.name)).toBeUndefined();
    await runtime.stop();
    await rig.stop();
  });
});

test("a configuration that can't be run is told with its reason, until another one is in effect", async () => {
  const port = await freePort();
  const rig = await SourceRig.create(nats, http({ source: { port, path: "/x" } }));
  const { take, put, runtime } = await start(await rig.deps(), rig.config);
  const tls = { secretName: "tls" };
  const spec = { ...rig.config.spec, ...http({ source: { port, path: "/x", tls } }) };
  await put({ ...rig.config, spec, revision: "secured" });
  await eventually(async () =>
    expect(await reportOf(rig.hub, rig.name)).toEqual({
      secrets: { "spec.http.source.tls.secretName": [] },
      revision: "secured",
      reason: expect.stringMatching(/./) as string,
    }),
  );
  expect(await posted(port)).toBe(202);
  await take(rig.config);
  await eventually(async () => expect(await reportOf(rig.hub, rig.name)).toEqual({ secrets: {} }));
  await runtime.stop();
  await rig.stop();
});

async function reportOf(hub: Deps["hub"], name: string) {
  const [last] = await lastMessages(hub, "LINEAGE_default", `lineage.default.${name}.report`);
  return last && reportIn(last);
}

const NOWHERE = "http://127.0.0.1:1";
const http = (spec: object) => ({ http: httpTransport.parse(spec) });

/** Runs an adapter by its configuration in the hub; `take` writes another one and waits until it is in effect. */
async function start(deps: Deps, config: AdapterConfig) {
  const store = await ConfigStore.make(deps.hub, { maxBytes: 16 * 1024 ** 2, replicas: 1 });
  await store.put(config);
  const runtime = await AdapterRuntime.start(deps);
  let edits = 0;
  const take = async (edited: AdapterConfig): Promise<void> => {
    const revision = `edit${++edits}`;
    await store.put({ ...edited, revision });
    await eventually(() => runtime.revision === revision);
  };
  return { runtime, take, put: (edited: AdapterConfig) => store.put(edited) };
}

async function posted(port: number): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`http://127.0.0.1:${port}/x`, { method: "POST", body: "{}", headers })).status;
}

test("how much waits in each of its consumers is measured, and forgotten with the adapter", async () => {
  const delivery = await Delivery.create(nats);
  const deps = delivery.deps(delivery.hub);
  for (const id of ["a", "b"]) await delivery.publish({ id }, id);
  const { runtime } = await start(deps, delivery.config);
  const measured = async () =>
    (await deps.metrics.text()).split("\n").filter((line) => line.startsWith("fascia_consumer_lag_messages{"));
  const consumer = `${hubStream(delivery.domain)}/${delivery.consumer}`;
  const labels = `adapter="default/${delivery.name}",consumer="${consumer}"`;
  await eventually(async () => expect(await measured()).toEqual([`fascia_consumer_lag_messages{${labels}} 2`]));
  await runtime.stop();
  expect(await measured()).toEqual([]);
  await delivery.stop();
});
